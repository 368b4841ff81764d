/**
 * The console's list: what is shown, in an order that holds still.
 *
 * `shown` changes only when the reader asks for it (filters, tab, order, the pill). What has come and what has gone since
 * is counted in `fresh` and `gone`. Rows that are shown follow their cases live.
 */
import { defineStore } from 'pinia'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { CaseView, Light, Role } from '@/api/types'
import { lightOf, urgencyAt } from '@/live/light'
import { useCity } from './city'
import {
  type Filters,
  inTab,
  makeTest,
  needsServer,
  noFilters,
  readFilters,
  type Sort,
  TABS,
  type Tab,
  writeFilters,
} from './filters'
import { useLive } from './live'
import { useSession } from './session'

/** How often what has changed is counted anew, and how often time alone is looked at. */
const COUNT_MS = 400
const TIME_MS = 5_000

const RANK = { critical: 0, urgent: 1, general: 2 }
const ORDERS: Record<Sort, (a: CaseView, b: CaseView) => number> = {
  urgency: (a, b) => urgencyAt(a) - urgencyAt(b),
  newest: (a, b) => (a.opened_at < b.opened_at ? 1 : -1),
  priority: (a, b) => RANK[a.priority] - RANK[b.priority] || urgencyAt(a) - urgencyAt(b),
}

export const useQueue = defineStore('queue', () => {
  const live = useLive()
  const city = useCity()
  const session = useSession()
  const filters = ref<Filters>(readFilters(new URLSearchParams(location.search)))
  const shown = shallowRef<string[]>([])
  const fresh = ref(0)
  const gone = ref(0)
  const counts = ref<Record<Tab, number>>(zero())
  /** All open cases, whatever the filters. */
  const openCount = ref(0)
  /** Every live case that passes filters and tab, and its light: what the map draws. */
  const matching = shallowRef<Map<string, Light>>(new Map())
  const archive = computed(() => needsServer(filters.value))
  const texts = new WeakMap<CaseView, string>()

  function zero(): Record<Tab, number> {
    return Object.fromEntries(TABS.map((tab) => [tab, 0])) as Record<Tab, number>
  }

  /** All that a search may mean: number, words, address, names in both languages. Made once per case value. */
  function wordsOf(item: CaseView): string {
    let text = texts.get(item)
    if (text === undefined) {
      const worker = live.findWorker(item.worker)
      const names = [item.category.name, worker?.name, ...city.pathOf(item.place)]
      const flat = names.flatMap((name) => (name ? [name.zh, name.en] : []))
      text = [item.number, item.text, item.place.address, item.source, ...flat].join(' ').toLowerCase()
      texts.set(item, text)
    }
    return text
  }

  function survey(): CaseView[] {
    const role: Role = session.me?.role ?? 'dispatcher'
    const now = live.nowMs()
    const { tab: chosen } = filters.value // read once: the loop runs over every open case
    const test = makeTest(filters.value, wordsOf)
    const next = zero()
    const found: CaseView[] = []
    const lights = new Map<string, Light>()
    let open = 0
    for (const item of live.allCases()) {
      const light = lightOf(item, now)
      const view = { light, role }
      if (inTab('open', item, view)) open += 1
      if (!test(item, view)) continue
      for (const tab of TABS) if (inTab(tab, item, view)) next[tab] += 1
      if (!inTab(chosen, item, view)) continue
      found.push(item)
      lights.set(item.id, light)
    }
    counts.value = next
    openCount.value = open
    matching.value = lights
    return found
  }

  let known = new Set<string>()
  /** Bring the list up to date: new ones in, ended ones out, order by now. */
  function refresh(): void {
    shown.value = survey()
      .sort(ORDERS[filters.value.sort])
      .map((item) => item.id)
    known = new Set(shown.value)
    fresh.value = 0
    gone.value = 0
  }

  function recount(): void {
    const found = survey()
    if (!shown.value.length) {
      if (found.length) refresh() // nothing is being read
      return
    }
    fresh.value = found.reduce((sum, item) => sum + (known.has(item.id) ? 0 : 1), 0)
    gone.value = shown.value.length + fresh.value - found.length
  }

  let due = false
  const onTick = (): void => {
    if (due) return
    due = true
    setTimeout(() => {
      due = false
      recount()
    }, COUNT_MS)
  }
  watch(() => live.casesTick, onTick)
  const timer = setInterval(onTick, TIME_MS)
  onScopeDispose(() => clearInterval(timer))

  watch(
    filters,
    () => {
      const params = writeFilters(filters.value)
      const kept = new URLSearchParams(location.search)
      for (const key of ['case', 'at']) if (kept.has(key)) params.set(key, kept.get(key) ?? '')
      const query = params.toString()
      history.replaceState(null, '', query ? `?${query}` : location.pathname)
      refresh()
    },
    { deep: true },
  )
  const clear = (): void => {
    filters.value = { ...noFilters(), tab: filters.value.tab, sort: filters.value.sort }
  }
  /** Choose a tab; from a search result this leads back to the live list. */
  const choose = (tab: Tab): void => {
    if (archive.value) filters.value = { ...noFilters(), sort: filters.value.sort, tab }
    else filters.value.tab = tab
  }
  return { filters, shown, fresh, gone, counts, openCount, matching, archive, refresh, clear, choose }
})
