/** A list that is loaded whole, found in by words, and drawn a page at a time: ten thousand rows stay quick. */
import { computed, onMounted, ref, shallowRef } from 'vue'
import { explain } from '@/actions/explain'
import { useWords } from '@/i18n'

/** Rows that are drawn at once; more on request. */
const PAGE = 200

export function useRows<T>(fetch: () => Promise<T[]>, wordsOf: (row: T) => string) {
  const { t } = useWords()
  const rows = shallowRef<T[]>([])
  const words = ref('')
  const drawn = ref(PAGE)
  const loading = ref(true)
  const problem = ref('')
  const done = ref('')
  const found = computed(() => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean)
    if (!wanted.length) return rows.value
    return rows.value.filter((row) => {
      const text = wordsOf(row).toLowerCase()
      return wanted.every((word) => text.includes(word))
    })
  })
  const shown = computed(() => found.value.slice(0, drawn.value))

  /** What the table's frame says of the list. */
  const frame = computed(() => ({
    shown: shown.value.length,
    all: found.value.length,
    more: shown.value.length < found.value.length,
    loading: loading.value,
    problem: problem.value,
    sought: words.value,
  }))

  async function load(): Promise<void> {
    try {
      rows.value = await fetch()
    } catch (error) {
      problem.value = explain(error, t)
    } finally {
      loading.value = false
    }
  }
  /** Do something to a row, then look again. */
  async function act(work: () => Promise<unknown>, told = t('admin.done')): Promise<void> {
    problem.value = done.value = ''
    try {
      await work()
      done.value = told
      await load()
    } catch (error) {
      problem.value = explain(error, t)
    }
  }
  onMounted(load)
  return { words, found, shown, frame, problem, done, load, act, more: () => (drawn.value += PAGE) }
}
export type Rows<T> = ReturnType<typeof useRows<T>>
