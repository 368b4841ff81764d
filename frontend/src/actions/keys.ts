/** Keys that act on the whole screen. Never while someone types, composes Chinese, or a dialog is open. */
import { onBeforeUnmount, onMounted } from 'vue'

export type KeyTable = Record<string, () => void>

export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
export const hasDialog = (): boolean =>
  document.querySelector('.el-overlay:not([style*="display: none"]), dialog[open], [aria-modal="true"]') !== null

/** `table` goes from `KeyboardEvent.key` (letters in lower case; `shift+` before it where that matters) to what it does. */
export function useKeys(table: KeyTable): void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
    if (isTyping(event.target) || hasDialog()) return
    const onControl = event.target instanceof HTMLElement && event.target.closest('button, a, [role="button"]')
    if (onControl && (event.key === 'Enter' || event.key === ' ')) return
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
    const act = (event.shiftKey && table[`shift+${key}`]) || table[key]
    if (!act) return
    event.preventDefault()
    act()
  }
  onMounted(() => document.addEventListener('keydown', onKey))
  onBeforeUnmount(() => document.removeEventListener('keydown', onKey))
}
