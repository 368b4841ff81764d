/** Contrast and size of type on this phone, set before the first paint of the page. */
import { ref, watch } from 'vue'

const CONTRAST = 'wardline.contrast'
const SIZE = 'wardline.size'
const stored = localStorage.getItem(CONTRAST)
const contrast = ref(stored ? stored === 'high' : window.matchMedia('(prefers-contrast: more)').matches)
const large = ref(localStorage.getItem(SIZE) === 'large')

function mark(name: 'contrast' | 'size', value: string): void {
  if (value) document.documentElement.setAttribute(`data-${name}`, value)
  else document.documentElement.removeAttribute(`data-${name}`)
}
mark('contrast', contrast.value ? 'high' : '')
mark('size', large.value ? 'large' : '')
watch(contrast, (on) => {
  mark('contrast', on ? 'high' : '')
  localStorage.setItem(CONTRAST, on ? 'high' : 'normal')
})
watch(large, (on) => {
  mark('size', on ? 'large' : '')
  localStorage.setItem(SIZE, on ? 'large' : 'normal')
})
export const useLooks = (): { contrast: typeof contrast; large: typeof large } => ({ contrast, large })
