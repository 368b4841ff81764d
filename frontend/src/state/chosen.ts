/** The cases that are chosen to be acted on together. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

/** As many as the server takes in one go. */
export const CHOSEN_MAX = 500

export const useChosen = defineStore('chosen', () => {
  const ids = ref(new Set<string>())
  const size = computed(() => ids.value.size)
  /** Where a range begins: the row that was chosen last. */
  let anchor = ''

  function set(next: Iterable<string>): void {
    ids.value = new Set([...next].slice(0, CHOSEN_MAX))
  }
  function toggle(id: string): void {
    const next = new Set(ids.value)
    if (!next.delete(id)) next.add(id)
    set(next)
    anchor = id
  }
  /** Choose all from the anchor to this row, as the list stands. */
  function extend(to: string, list: string[]): void {
    const from = list.indexOf(anchor || to)
    const until = list.indexOf(to)
    if (from < 0 || until < 0) return toggle(to)
    set([...ids.value, ...list.slice(Math.min(from, until), Math.max(from, until) + 1)])
  }
  const has = (id: string): boolean => ids.value.has(id)
  const clear = (): void => set([])
  return { ids, size, set, toggle, extend, has, clear }
})
