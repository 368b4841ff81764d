/** What is asked of who reports: loaded once. Without it the form still takes what and where. */
import { computed, shallowRef } from 'vue'
import { listQuestions } from '@/api/reports'
import type { AskedQuestion } from '@/api/types'

const all = shallowRef<AskedQuestion[]>([])
let loading: Promise<void> | undefined

const load = (): Promise<void> =>
  (loading ??= listQuestions().then(
    ({ items }) => void (all.value = items),
    () => void (loading = undefined), // no signal: the next category that is chosen asks again
  ))

export const isStop = ({ kind }: AskedQuestion): boolean => kind === 'stop'
export const isAnswered = ({ kind }: AskedQuestion): boolean => kind !== 'stop' && kind !== 'notice'

/** The questions of the category that is chosen, in their order. */
export function useQuestions(category: () => string) {
  void load()
  return computed(() => {
    if (category() && !all.value.length) void load()
    return all.value.filter((each) => each.category === category())
  })
}
