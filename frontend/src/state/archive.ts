/** A search result from the server: cases that the live state does not hold (closed ones, spans of time). */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { listCases } from '@/api/cases'
import { type CaseView, STAGES } from '@/api/types'
import { complete } from '@/live/compact'
import { serverQuery } from './filters'
import { useQueue } from './queue'

const PAGE = 100
/** Typing pauses this long before the server is asked. */
const WAIT_MS = 300

export const useArchive = defineStore('archive', () => {
  const queue = useQueue()
  const items = shallowRef<CaseView[]>([])
  const ids = computed(() => items.value.map((item) => item.id))
  const byId = computed(() => new Map(items.value.map((item) => [item.id, item])))
  const total = ref<number | null>(null)
  const next = ref<string | null>(null)
  const more = computed(() => next.value !== null)
  const loading = ref(false)
  const error = shallowRef<unknown>(null)
  let asked = 0

  async function fetchPage(after: string): Promise<void> {
    const turn = ++asked
    loading.value = true
    error.value = null
    try {
      const query = { ...serverQuery(queue.filters), limit: PAGE, ...(after ? { after } : { count: 'exact' }) }
      const page = await listCases(query)
      if (turn !== asked) return // the filters have changed meanwhile
      const found = page.items.map(complete)
      items.value = after ? [...items.value, ...found] : found
      next.value = page.next
      if (!after) total.value = page.total ?? null
    } catch (failure) {
      if (turn === asked) error.value = failure
    } finally {
      if (turn === asked) loading.value = false
    }
  }
  const load = (): Promise<void> => fetchPage('')
  const loadMore = async (): Promise<void> => {
    if (next.value && !loading.value) await fetchPage(next.value)
  }
  const find = (id: string): CaseView | undefined => byId.value.get(id)
  /** The same words over all cases, ended ones too. */
  const searchAll = (): void => {
    queue.filters.stage = [...STAGES]
  }

  let timer: ReturnType<typeof setTimeout> | undefined
  watch(
    () => (queue.archive ? JSON.stringify(serverQuery(queue.filters)) : ''),
    (query) => {
      clearTimeout(timer)
      items.value = []
      next.value = null
      total.value = null
      if (query) timer = setTimeout(() => void load(), WAIT_MS)
    },
    { immediate: true },
  )
  return { items, ids, total, more, loading, error, load, loadMore, find, searchAll }
})
