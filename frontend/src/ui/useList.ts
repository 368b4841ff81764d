/** A list below a search field: arrows move in it, Enter takes. */
import { type Ref, ref, watch } from 'vue'

export function useList<T>(items: Ref<readonly T[]>, take: (item: T) => void) {
  const at = ref(0)
  watch(items, () => (at.value = 0))
  function onKey(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !items.value.length) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const item = items.value[at.value]
    if (step) at.value = (at.value + step + items.value.length) % items.value.length
    else if (event.key === 'Enter' && item !== undefined) take(item)
    else return
    event.preventDefault()
  }
  return { at, onKey }
}
