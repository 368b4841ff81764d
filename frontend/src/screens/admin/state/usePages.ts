/** A list that is asked for a page at a time. */
import { computed, ref, shallowRef } from 'vue'
import { explain } from '@/actions/explain'
import { useWords } from '@/i18n'

export interface RowPage<T> {
  items: T[]
  next: string | null
}

export function usePages<T>(list: (after: string | null) => Promise<RowPage<T>>) {
  const { t } = useWords()
  const rows = shallowRef<T[]>([])
  const next = ref<string | null>(null)
  const loading = ref(true)
  const problem = ref('')
  /** What the table's frame says of the list. */
  const frame = computed(() => ({
    shown: rows.value.length,
    more: next.value !== null,
    loading: loading.value,
    problem: problem.value,
  }))
  let asked = 0

  async function load(more = false): Promise<void> {
    const mine = ++asked // an answer to a question of before is dropped
    loading.value = !more
    try {
      const page = await list(more ? next.value : null)
      if (mine !== asked) return
      rows.value = more ? [...rows.value, ...page.items] : page.items
      next.value = page.next
    } catch (error) {
      if (mine === asked) problem.value = explain(error, t)
    } finally {
      if (mine === asked) loading.value = false
    }
  }
  return { rows, frame, problem, load }
}
