/** What the form begins with on this device: a photograph, or what it is. */
import { ref, watch } from 'vue'

export type First = 'what' | 'photo'
const STORED = 'wardline.report.first'

export function useFirst() {
  const first = ref<First>(localStorage.getItem(STORED) === 'photo' ? 'photo' : 'what')
  watch(first, (now) => localStorage.setItem(STORED, now))
  return first
}
