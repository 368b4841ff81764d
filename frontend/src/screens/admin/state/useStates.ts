/** A list that is asked for state by state, a page at a time; what is done to a row is followed by another look. */
import { onMounted, ref } from 'vue'
import { explain } from '@/actions/explain'
import { useWords } from '@/i18n'
import { type RowPage, usePages } from './usePages'

export function useStates<S extends string, T>(
  first: S,
  list: (state: S, after: string | null) => Promise<RowPage<T>>,
  alsoLoad: () => Promise<unknown> = () => Promise.resolve(),
) {
  const { t } = useWords()
  const state = ref(first)
  const done = ref('')
  const { rows, frame, problem, load } = usePages((after) => list(state.value as S, after))

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
  return { state, rows, frame, problem, done, load, choose, act }
}
