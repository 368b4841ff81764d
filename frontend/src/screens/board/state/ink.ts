/** Colours of the charts, for both grounds. Chosen to differ in lightness too. */
import { computed, type ComputedRef } from 'vue'
import { usePrefs } from '@/state/prefs'

export interface Ink {
  text: string
  line: string
  surface: string
  first: string
  second: string
  third: string
  /** Five steps from little to much. */
  steps: readonly [string, string, string, string, string]
  none: string
}
const LIGHT: Ink = {
  text: '#46535f',
  line: '#d6dde6',
  surface: '#ffffff',
  first: '#0b5cad',
  second: '#9cc3ea',
  third: '#b3261e',
  steps: ['#d6e6f7', '#a3c8ee', '#639fdc', '#2a73bd', '#0a4685'],
  none: '#c9ced4',
}
const DARK: Ink = {
  text: '#b6c3d1',
  line: '#2c3a4a',
  surface: '#151d27',
  first: '#74b6ff',
  second: '#2f5f92',
  third: '#ff9085',
  steps: ['#1d3147', '#25527f', '#3477b6', '#5fa4e6', '#a8d4ff'],
  none: '#3b4653',
}

export function useInk(): ComputedRef<Ink> {
  const prefs = usePrefs()
  return computed(() => (prefs.dark ? DARK : LIGHT))
}

export const tooltip = (ink: Ink): object => ({
  trigger: 'axis',
  confine: true,
  axisPointer: { type: 'shadow' },
  backgroundColor: ink.surface,
  borderColor: ink.line,
  textStyle: { color: ink.text },
})
export const axis = (ink: Ink): object => ({
  axisLine: { lineStyle: { color: ink.line } },
  axisTick: { show: false },
  axisLabel: { color: ink.text },
  splitLine: { lineStyle: { color: ink.line } },
})
