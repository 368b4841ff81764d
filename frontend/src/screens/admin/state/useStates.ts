/** A list that is asked for state by state, a page at a time; what is done to a row is followed by another look. */
import { onMounted, ref, shallowRef } from 'vue'
import { explain } from '@/actions/explain'
import { useWords } from '@/i18n'

export function useStates<S extends string, T>(
  first: S,
  list: (state: S, after: string | null) => Promise<{ items: T[]; next: string | null }>,
  alsoLoad: () => Promise<unknown> = () => Promise.resolve(),
) {
  const { t } = useWords()
  const state = ref(first)
  const rows = shallowRef<T[]>([])
  const next = ref<string | null>(null)
  const loading = ref(true)
  const problem = ref('')
  const done = ref('')
  let asked = 0

  async function load(more = false): Promise<void> {
    const mine = ++asked // an answer to a question of before is dropped
    loading.value = !more
    try {
      const page = await list(state.value as S, more ? next.value : null)
      if (mine !== asked) return
      rows.value = more ? [...rows.value, ...page.items] : page.items
      next.value = page.next
    } catch (error) {
      problem.value = explain(error, t)
    } finally {
      loading.value = false
    }
  }
  function choose(wanted: S): void {
    state.value = wanted as typeof state.value
    rows.value = []
    problem.value = done.value = ''
    void load()
  }
  async function act(work: () => Promise<unknown>, told: string): Promise<void> {
    problem.value = done.value = ''
    try {
      await work()
      done.value = told
    } catch (error) {
      problem.value = explain(error, t)
    }
    await Promise.all([load(), alsoLoad()])
  }
  onMounted(load)
  return { state, rows, next, loading, problem, done, load, choose, act }
}
