/** The one case that list, map and panel are about, with all that only the server knows of it. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { getCase, type JournalEntry, listEvents, listJournal } from '@/api/cases'
import type { CaseDetail, CaseEvent } from '@/api/types'
import { useLive } from './live'

/** Facts of one case come in bursts (filed, dispatched ...): one reload answers them all. */
const RELOAD_MS = 250

function writeAddress(id: string): void {
  const params = new URLSearchParams(location.search)
  if (id) params.set('case', id)
  else params.delete('case')
  const query = params.toString()
  history.replaceState(null, '', query ? `?${query}` : location.pathname)
}

export const useSelection = defineStore('selection', () => {
  const live = useLive()
  const id = ref(new URLSearchParams(location.search).get('case') ?? '')
  const detail = shallowRef<CaseDetail | null>(null)
  const journal = shallowRef<JournalEntry[]>([])
  const events = shallowRef<CaseEvent[]>([])
  const error = shallowRef<unknown>(null)
  const loading = ref(false)
  /** The live case where it is held, else the server's last word. */
  const item = computed(() => (id.value ? (live.findCase(id.value) ?? detail.value) : null))
  let timer: ReturnType<typeof setTimeout> | undefined

  async function reload(): Promise<void> {
    const wanted = id.value
    if (!wanted) return
    loading.value = true
    try {
      const [one, facts, told] = await Promise.all([getCase(wanted), listJournal(wanted), listEvents(wanted)])
      if (id.value !== wanted) return // another one was chosen meanwhile
      accept(one)
      journal.value = facts.items
      events.value = told.items
      error.value = null
    } catch (failure) {
      if (id.value === wanted) error.value = failure
    } finally {
      if (id.value === wanted) loading.value = false
    }
  }

  /** Take over what the server has just said of the case (also the answer to a command). */
  function accept(next: CaseDetail): void {
    if (next.id !== id.value) return
    detail.value = next
    live.put(next)
  }

  function select(next: string): void {
    if (next === id.value) return
    id.value = next
    detail.value = null
    journal.value = []
    events.value = []
    error.value = null
    writeAddress(next)
    void reload()
  }

  watch(
    () => live.findCase(id.value)?.version ?? 0,
    (version) => {
      if (!id.value || (detail.value && version <= detail.value.version && journal.value.length)) return
      clearTimeout(timer)
      timer = setTimeout(() => void reload(), RELOAD_MS)
    },
  )
  return { id, item, detail, journal, events, error, loading, select, reload, accept }
})
