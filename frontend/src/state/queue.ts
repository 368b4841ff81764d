/**
 * The console's list: what is shown, in an order that holds still.
 *
 * `shown` changes only when the reader asks for it (filters, queue, order, the pill). What has come and what has gone since
 * is counted in `fresh` and `gone`. Rows that are shown follow their cases live.
 *
 * Fifty thousand cases are not looked through for each fact: what a case counts for is kept, and only cases that a fact
 * has changed are looked at again.
 */
import { defineStore } from 'pinia'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { countQueues } from '@/api/cases'
import type { CaseView } from '@/api/types'
import { useWords } from '@/i18n'
import { type Eye, Judgement, type Judged, type Test } from './judged'
import { groupCases } from './arrange'
import { useCity } from './city'
import { countQuery, type Filters, makeTest, needsServer, noFilters, readFilters, writeFilters } from './filters'
import { useLive } from './live'
import { caseWords } from './names'
import { bitOf, countsOf, type Queue, QUEUES } from './queues'
import { useSession } from './session'
import { Standing } from './standing'

/** How often what has changed is counted anew, and how often time alone is looked at. */
const COUNT_MS = 400
const TIME_MS = 5_000
/** How long cases are looked at in one go where time alone is looked at; the clock is asked after so many. */
const SLICE_MS = 3
const SLICE = 128
/** Typing pauses this long before the list is made anew; where that takes longer, as long as it takes, up to the most. */
const TYPING_MS = 90
const TYPING_MOST_MS = 500
/** After so long without a key the next one is the first of a word. */
const RESTED_MS = 800
/** Who has typed sees the list at once, and the map once he has stopped: no key has to wait for fifty thousand points. */
const DRAW_TYPED_MS = 300
/** While the cases are still coming the list is made anew so often. */
const LOADING_MS = 600
/** What stands in `shown` for the head of a group. */
export const HEAD = 'group:'

type Touched = Iterable<string> | null

/** What the list is made of; columns and layout only change its looks. */
const essence = (wanted: Filters): string => JSON.stringify({ ...wanted, columns: 0, layout: 0 })
/** Which cases pass, in whatever queue and order. */
const narrowing = (wanted: Filters): string =>
  essence({ ...wanted, queue: 'open', sort: 'urgency', reverse: false, group: '' })

export const useQueue = defineStore('queue', () => {
  const live = useLive()
  const city = useCity()
  const session = useSession()
  const { say } = useWords()
  const filters = ref<Filters>(readFilters(new URLSearchParams(location.search)))
  /** Ids of cases, and `group:code` before each group. */
  const shown = shallowRef<string[]>([])
  const groupSizes = shallowRef(new Map<string, number>())
  const folded = ref(new Set<string>())
  const fresh = ref(0)
  const gone = ref(0)
  const counts = ref(zero())
  /** What the server has counted, while the cases are still coming. */
  const counted = shallowRef<Partial<Record<Queue, number>>>({})
  /** All open cases, whatever the filters. */
  const openCount = ref(0)
  const archive = computed(() => needsServer(filters.value))
  const listeners = new Set<(ids: Touched) => void>()

  function zero(): Record<Queue, number> {
    return Object.fromEntries(QUEUES.map((queue) => [queue, 0])) as Record<Queue, number>
  }

  const newTest = (): Test => makeTest(filters.value, caseWords())
  /** Cases that facts have changed and that are to be looked at again. */
  const changed = new Set<string>()
  const judgement = new Judgement(live.cases, newTest())
  const standing = new Standing(judgement)
  /** The narrowing that all cases were asked by last. */
  let looked = ''
  let tookMs = 0
  let chosen = bitOf(filters.value.queue)

  const eye = (): Eye => ({
    role: session.me?.role ?? 'dispatcher',
    user: session.me?.username ?? '',
    department: session.me?.department ?? '',
  })
  function tellCounts(): void {
    openCount.value = judgement.open
    const found = judgement.counts()
    if (QUEUES.every((queue, at) => counts.value[queue] === found[at])) return
    counts.value = Object.fromEntries(QUEUES.map((queue, at) => [queue, found[at] ?? 0])) as typeof counts.value
  }
  /** Look at some cases again. */
  function look(ids: Iterable<string>): void {
    judgement.look(ids, live.nowMs(), eye())
    tellCounts()
  }
  /** The case, if it is in the queue that is shown and passes the filters. */
  const find = (id: string): Judged | undefined => judgement.find(id, chosen)
  const matches = (id: string): boolean => find(id) !== undefined
  const matching = (): IterableIterator<Judged> => judgement.each(chosen)
  const tell = (ids: Touched): void => listeners.forEach((listener) => listener(ids))
  const onMatching = (listener: (ids: Touched) => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  const sayings = {
    category: (item: CaseView) => say(item.category.name),
    street: (code: string) => (code ? say(city.areaName(code)) : '~'),
    department: (id: string) => (id ? say(city.departmentName(id)) : '~'),
    worker: (id: string) => (id ? say(live.findWorker(id)?.name) || id : '~'),
  }
  /** What the list was made of. */
  let listed: Judged[] = []
  function arrange(): void {
    const { sort, reverse, group } = filters.value
    listed = standing.arrange(chosen, sort, reverse, sayings)
    if (group) {
      const items = listed.map(({ item }) => item)
      const groups = groupCases(items, group)
      groupSizes.value = new Map(groups.map(({ code, ids }) => [code, ids.length]))
      shown.value = groups.flatMap(({ code, ids }) => [HEAD + code, ...(folded.value.has(code) ? [] : ids)])
    } else shown.value = listed.map(({ id }) => id)
    fresh.value = 0
    gone.value = 0
  }
  /** Look at what has changed, and arrange the list anew: also for as long as the cases are still coming. */
  function grow(): void {
    look(changed)
    changed.clear()
    arrange()
  }
  let drawing = 0
  /** The list is seen before the map begins to be drawn: fifty thousand points take longer than their list. */
  function tellAllIn(ms: number): void {
    clearTimeout(drawing)
    if (live.whole) drawing = window.setTimeout(() => requestAnimationFrame(() => setTimeout(() => tell(null))), ms)
  }
  /** Show the queue and the order that are chosen, of cases that were looked at. */
  function show(drawInMs = 0): void {
    chosen = bitOf(filters.value.queue)
    grow()
    tellAllIn(drawInMs)
  }
  /** Make the list anew by the filters as they are now; each case is looked at again, or only asked whether it passes. */
  function filter(anew: boolean, drawInMs = 0): void {
    const began = performance.now()
    if (anew) judgement.lookAtAll(newTest(), live.nowMs(), eye())
    else judgement.narrow(newTest())
    looked = narrowing(filters.value)
    tellCounts()
    show(drawInMs)
    tookMs = performance.now() - began
  }
  /** Bring the list up to date: new ones in, ended ones out, order by now. */
  const refresh = (): void => filter(true)
  function recount(): void {
    if (!listed.length) {
      if (counts.value[filters.value.queue]) arrange() // nothing is being read
      return
    }
    let here = 0
    for (const { passes, bits } of listed) if (passes && bits & chosen) here += 1
    gone.value = listed.length - here
    fresh.value = counts.value[filters.value.queue] - here
  }

  let due = false
  function flush(): void {
    due = false
    if (!changed.size) return
    const touched = [...changed]
    look(touched)
    changed.clear()
    tell(touched)
    recount()
  }
  let loading = 0
  const stop = live.onChanges(({ all, changes }) => {
    if (all) {
      if (live.whole) changed.clear()
      return refresh()
    }
    for (const id of changes.cases) changed.add(id)
    if (!live.whole) {
      if (!listed.length) return grow() // the first part: the first view
      if (!loading)
        loading = window.setTimeout(() => {
          loading = 0
          if (!live.whole) grow()
        }, LOADING_MS)
      return
    }
    if (due || !changed.size) return
    due = true
    setTimeout(flush, COUNT_MS)
  })
  /** Time alone turns lights: all cases are looked at in slices, so that no key has to wait for it. */
  let slice: IterableIterator<CaseView> | null = null
  let wordsOf = caseWords()
  function passTime(): void {
    if (!slice) {
      slice = live.eachCase()
      wordsOf = caseWords()
    }
    const now = live.nowMs()
    const until = performance.now() + SLICE_MS
    const turned: string[] = []
    for (let n = 1; n % SLICE || performance.now() < until; n += 1) {
      const next = slice.next()
      if (next.done) {
        slice = null
        break
      }
      judgement.prepare(next.value.id, wordsOf)
      if (judgement.hasTurned(next.value, now)) turned.push(next.value.id)
    }
    if (turned.length) {
      look(turned)
      tell(turned)
      recount()
    }
    if (slice) setTimeout(passTime, 0)
  }
  const timer = setInterval(() => live.whole && !slice && passTime(), TIME_MS)
  onScopeDispose(() => {
    clearInterval(timer)
    clearTimeout(drawing)
    stop()
  })

  async function count(): Promise<void> {
    if (live.whole || archive.value) return
    const rows = await countQueues(countQuery(filters.value)).catch(() => []) // without them the counts wait for the cases
    counted.value = countsOf(rows)
  }
  /** What a queue counts: exact from the live cases once they are all here. */
  const countIn = (queue: Queue): number | undefined => (live.whole ? counts.value[queue] : counted.value[queue])

  function writeAddress(): void {
    const params = writeFilters(filters.value)
    const kept = new URLSearchParams(location.search)
    for (const key of ['case', 'at', 'view']) if (kept.has(key)) params.set(key, kept.get(key) ?? '')
    const query = params.toString()
    history.replaceState(null, '', query ? `?${query}` : location.pathname)
  }
  const pauseMs = (): number => Math.min(Math.max(TYPING_MS, tookMs), TYPING_MOST_MS)
  let made = essence(filters.value)
  let typing = 0
  let typedAt = -Infinity
  function apply(typed: boolean): void {
    // Each case is known in all of its queues: another queue or order needs no look at the cases.
    if (looked === narrowing(filters.value)) show()
    else filter(false, typed ? DRAW_TYPED_MS : 0)
    void count()
  }
  watch(
    filters,
    (next) => {
      writeAddress()
      const wanted = essence(next)
      if (wanted === made) return
      const typed = essence({ ...next, q: '' }) === essence({ ...(JSON.parse(made) as Filters), q: '' })
      made = wanted
      clearTimeout(typing)
      clearTimeout(drawing)
      const now = performance.now()
      // The first key is answered in the frame of its own; who goes on typing is not kept waiting by each of them.
      if (!typed || now - typedAt > RESTED_MS) apply(typed)
      else typing = window.setTimeout(() => apply(true), pauseMs())
      if (typed) typedAt = now
    },
    { deep: true },
  )
  void count()

  const clear = (): void => {
    const { queue, sort, reverse, group, layout, columns } = filters.value
    filters.value = { ...noFilters(), queue, sort, reverse, group, layout, columns }
  }
  /** Choose a queue; from a search result this leads back to the live list. */
  const choose = (queue: Queue): void => {
    const { layout, columns, group, sort, reverse } = filters.value
    if (archive.value) filters.value = { ...noFilters(), layout, columns, group, sort, reverse, queue }
    else filters.value.queue = queue
  }
  /** Take over what an address says: a saved view. */
  const follow = (query: string): void => {
    filters.value = readFilters(new URLSearchParams(query))
  }
  const fold = (code: string): void => {
    const next = new Set(folded.value)
    if (!next.delete(code)) next.add(code)
    folded.value = next
    arrange()
  }
  return {
    filters,
    shown,
    groupSizes,
    folded,
    fresh,
    gone,
    counts,
    openCount,
    archive,
    refresh,
    clear,
    choose,
    follow,
    fold,
    countIn,
    matches,
    find,
    matching,
    onMatching,
  }
})
