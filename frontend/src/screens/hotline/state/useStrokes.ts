/** The strokes of who takes a call down: they act while he types too, so each has Ctrl or Alt with it. */
import { onBeforeUnmount, onMounted } from 'vue'
import { hasDialog } from '@/actions/keys'

export interface Strokes {
  file: () => void
  next: () => void
  park: () => void
  /** The n-th of the suggested categories, from 0. */
  suggested: (n: number) => void
  /** The n-th of the cases near by, from 0. */
  near: (n: number) => void
  urgent: () => void
  callback: () => void
}
/** Alt and a digit: the first three are categories, those after them cases near by. */
const SUGGESTED = 3
export const NEAR_FROM = SUGGESTED + 1

/** By where a key lies, not by what it writes: Alt and a letter write signs on some keyboards. */
export function strokeOf(event: Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'metaKey' | 'altKey'>, do_: Strokes): boolean {
  if ((event.ctrlKey || event.metaKey) && (event.code === 'Enter' || event.code === 'NumpadEnter'))
    return (do_.file(), true)
  if (!event.altKey || event.ctrlKey || event.metaKey) return false
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1]
  if (digit) {
    const n = Number(digit) - 1
    if (n < SUGGESTED) do_.suggested(n)
    else do_.near(n - SUGGESTED)
    return true
  }
  const letters: Record<string, () => void> = {
    KeyA: do_.next,
    KeyP: do_.park,
    KeyU: do_.urgent,
    KeyB: do_.callback,
  }
  const act = letters[event.code]
  act?.()
  return act !== undefined
}

export function useStrokes(active: () => boolean, strokes: Strokes): void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing || !active() || hasDialog()) return
    if (strokeOf(event, strokes)) event.preventDefault()
  }
  onMounted(() => document.addEventListener('keydown', onKey))
  onBeforeUnmount(() => document.removeEventListener('keydown', onKey))
}
