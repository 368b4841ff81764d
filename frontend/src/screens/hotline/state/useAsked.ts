/** What is asked while somebody types: the last question's answer counts, and one that fails is none. */
import { onScopeDispose, ref, type Ref, shallowRef, watch } from 'vue'

export function useAsked<Q, A>(
  question: () => Q | null,
  ask: (question: Q, signal: AbortSignal) => Promise<A>,
  waitMs: number,
): { answer: Ref<A | null>; asking: Ref<boolean>; failed: Ref<boolean> } {
  const answer = shallowRef<A | null>(null) as Ref<A | null>
  const asking = ref(false)
  const failed = ref(false)
  let timer = 0
  let open: AbortController | undefined
  const stop = (): void => {
    clearTimeout(timer)
    open?.abort()
  }
  watch(
    () => JSON.stringify(question()),
    () => {
      stop()
      const asked = question()
      failed.value = false
      asking.value = asked !== null
      if (asked === null) {
        answer.value = null
        return
      }
      timer = window.setTimeout(async () => {
        const mine = (open = new AbortController())
        try {
          const found = await ask(asked, mine.signal)
          if (!mine.signal.aborted) answer.value = found
        } catch {
          if (mine.signal.aborted) return
          answer.value = null
          failed.value = true
        }
        asking.value = false
      }, waitMs)
    },
    { immediate: true },
  )
  onScopeDispose(stop)
  return { answer, asking, failed }
}
