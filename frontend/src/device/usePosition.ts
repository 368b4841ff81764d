/** Where I am, asked for by a button: that it is being sought, and why it could not be had. */
import { ref } from 'vue'
import { findMe, type Fix, type NoFix } from './where'

/** `known` is a fix that is at hand already: then nothing is sought. */
export function usePosition(take: (fix: Fix) => void, known: () => Fix | null = () => null) {
  const busy = ref(false)
  const problem = ref<NoFix | ''>('')
  async function seek(): Promise<void> {
    busy.value = true
    problem.value = ''
    try {
      take(known() ?? (await findMe()))
    } catch (why) {
      problem.value = why === 'denied' ? 'denied' : 'unavailable'
    } finally {
      busy.value = false
    }
  }
  return { busy, problem, seek }
}
