/**
 * The live state of a page: cases and workers as a fold of facts, and how the connection does.
 *
 * The maps are plain and large; `casesTick` and `workersTick` count their changes, ten times a second at most, and whoever
 * reads the maps reads the tick first. Listeners (`onChanges`) get the very ids, for the map and the list.
 */
import { defineStore } from 'pinia'
import { markRaw, onScopeDispose, ref, shallowRef } from 'vue'
import { listWorkers } from '@/api/city'
import type { CaseView, Overview, Point, WorkerView } from '@/api/types'
import { applyFacts, type Changes, type Model } from '@/live/apply'
import { ENDED } from '@/api/workflow'
import { complete, expandPart } from '@/live/compact'
import { connectLive, DESK_SILENCE_MS, type LiveConnection, type LiveStatus } from '@/live/connect'
import type { FactEntry, Frame, Notice, Part, Snapshot, Topic } from '@/live/messages'
import { onceEach } from '@/live/notices'
import { useCity } from './city'

export interface LiveEvent {
  /** True when everything may have changed (a snapshot came, or the last part of one). */
  all: boolean
  changes: Changes
  facts: FactEntry[]
}

/** How long an ended case is still held: long enough to be read to its end, short enough for a shift of eight hours. */
const KEEP_ENDED_MS = 15 * 60_000
const PRUNE_MS = 60_000
/** All screens hear of a new city at once; they ask for it one after the other. */
const SPREAD_MS = 2_000
/** How often the screens follow what comes in. */
const TICK_MS = 100

const nothing = (): Changes => ({ cases: new Set(), workers: new Set(), opened: [] })

export const useLive = defineStore('live', () => {
  const model: Model = { cases: new Map<string, CaseView>(), workers: new Map<string, WorkerView>() }
  const casesTick = ref(0)
  const workersTick = ref(0)
  const overview = shallowRef<Overview | null>(null)
  const status = ref<LiveStatus>('connecting')
  const lastHeardAt = ref(Date.now())
  /** Something can be shown. */
  const loaded = ref(false)
  /** All cases are here: counts are exact, and a list that is empty is empty. */
  const whole = ref(false)
  /** The last fact that has been taken in. */
  const seq = ref(0)
  /** Server's clock minus ours, so that countdowns do not depend on this computer's clock. */
  const clockOffsetMs = ref(0)
  const listeners = new Set<(event: LiveEvent) => void>()
  const hearers = new Set<(notices: Notice[]) => void>()
  const notTold = onceEach()
  let connection: LiveConnection | undefined
  let heard: Topic[] = []

  /** id of an ended case -> when we learned of its end. */
  const ended = new Map<string, number>()
  function prune(): void {
    for (const [id, since] of ended) {
      if (Date.now() - since < KEEP_ENDED_MS) continue
      ended.delete(id)
      model.cases.delete(id)
    }
  }
  const pruning = setInterval(prune, PRUNE_MS)
  onScopeDispose(() => clearInterval(pruning))

  function bump(cases: boolean, workers: boolean): void {
    if (cases) casesTick.value += 1
    if (workers) workersTick.value += 1
  }
  const waiting = { cases: false, workers: false, timer: 0 }
  /** Sixty facts a second are one picture ten times a second: more nobody sees, and each costs a look at every row. */
  function bumpSoon(cases: boolean, workers: boolean): void {
    waiting.cases ||= cases
    waiting.workers ||= workers
    if (waiting.timer || !(cases || workers)) return
    waiting.timer = window.setTimeout(() => {
      waiting.timer = 0
      bump(waiting.cases, waiting.workers)
      waiting.cases = waiting.workers = false
    }, TICK_MS)
  }

  const tell = (event: LiveEvent): void => {
    for (const id of event.changes.cases) {
      const stage = model.cases.get(id)?.stage
      if (stage && ENDED.has(stage) && !ended.has(id)) ended.set(id, Date.now())
    }
    if (event.all) bump(true, true)
    else bumpSoon(event.changes.cases.size > 0, event.changes.workers.size > 0)
    for (const listener of listeners) listener(event)
  }

  const names = { category: (code: string) => useCity().categoryName(code) }
  /** While a snapshot comes in parts: the ids that it has told so far. What was held before and is not among them is gone. */
  let telling: Set<string> | null = null

  function begin(snapshot: Snapshot): void {
    clockOffsetMs.value = Date.parse(snapshot.now) - Date.now()
    const inParts = snapshot.parts !== undefined
    if (!inParts) {
      model.cases.clear()
      for (const item of [...(snapshot.cases ?? []), ...(snapshot.tasks ?? [])])
        model.cases.set(item.id, complete(item))
    }
    model.workers.clear()
    for (const worker of snapshot.workers ?? []) model.workers.set(worker.id, worker)
    if (snapshot.metrics) overview.value = snapshot.metrics
    telling = inParts ? new Set() : null
    seq.value = snapshot.seq
    loaded.value = true
    whole.value = !inParts || (snapshot.parts?.cases ?? snapshot.parts?.tasks ?? 0) === 0
    tell({ all: true, changes: nothing(), facts: [] })
  }

  function takePart(part: Part): void {
    const changes = nothing()
    for (const item of expandPart(part, names)) {
      model.cases.set(item.id, item)
      telling?.add(item.id)
      changes.cases.add(item.id)
    }
    if (part.left > 0) return tell({ all: false, changes, facts: [] })
    for (const id of telling ? model.cases.keys() : []) if (!telling?.has(id)) model.cases.delete(id)
    telling = null
    whole.value = true
    tell({ all: true, changes, facts: [] })
  }

  function move(workers: { id: string; point: Point; at: string }[]): void {
    const changes = nothing()
    for (const { id, point, at } of workers) {
      const worker = model.workers.get(id)
      if (!worker) continue
      model.workers.set(id, { ...worker, point, at })
      changes.workers.add(id)
    }
    tell({ all: false, changes, facts: [] })
  }

  /** The city has a new version: read its names and its staff again. What cannot be read now comes with the next snapshot. */
  async function renew(): Promise<void> {
    try {
      await useCity().load()
      if (heard.includes('workers')) {
        const { items } = await listWorkers()
        model.workers.clear()
        for (const worker of items) model.workers.set(worker.id, worker)
      }
    } catch {
      return
    }
    tell({ all: true, changes: nothing(), facts: [] })
  }

  function receive(frame: Frame): void {
    lastHeardAt.value = Date.now()
    switch (frame.type) {
      case 'snapshot':
        return begin(frame)
      case 'part':
        return takePart(frame)
      case 'facts':
        seq.value = frame.facts.at(-1)?.seq ?? seq.value
        return tell({ all: false, changes: applyFacts(model, frame.facts, names), facts: frame.facts })
      case 'positions':
        return move(frame.workers)
      case 'metrics':
        overview.value = frame.overview
        return
      case 'city':
        setTimeout(() => void renew(), Math.random() * SPREAD_MS)
        return
      case 'notices': {
        const fresh = notTold(frame.notices)
        if (fresh.length) for (const listener of hearers) listener(fresh)
        return
      }
      case 'call':
      case 'heartbeat':
      case 'resync':
      case 'error':
    }
  }

  /** `until`: what frames must wait for, as they need the city's names. */
  function start(topics: Topic[], area: string | null = null, inParts = false, until?: Promise<unknown>): void {
    connection?.close()
    let early: Frame[] | null = until ? [] : null
    const release = (): void => {
      const frames = early ?? []
      early = null
      frames.forEach(receive)
    }
    until?.then(release, () => undefined) // who asked for it tells what went wrong
    heard = topics
    connection = connectLive({
      topics,
      area,
      inParts,
      ...(inParts && { silenceMs: DESK_SILENCE_MS }),
      onFrame: (frame) => (early ? void early.push(frame) : receive(frame)),
      onStatus: (next) => {
        status.value = next
      },
    })
  }
  const stop = (): void => connection?.close()
  const resync = (): void => connection?.resync()
  const hurry = (): void => connection?.hurry()
  const onChanges = (listener: (event: LiveEvent) => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  const onNotices = (listener: (notices: Notice[]) => void): (() => void) => {
    hearers.add(listener)
    return () => hearers.delete(listener)
  }
  /** Put a case in as the server has just told it (the answer to a command), unless a newer one is held. */
  function put(item: CaseView): void {
    const held = model.cases.get(item.id)
    if (held && held.version > item.version) return
    model.cases.set(item.id, complete(item))
    tell({ all: false, changes: { ...nothing(), cases: new Set([item.id]) }, facts: [] })
    bump(true, false) // who has just acted sees it at once
  }
  const nowMs = (): number => Date.now() + clockOffsetMs.value
  const findCase = (id: string): CaseView | undefined => (casesTick.value, model.cases.get(id))
  const findWorker = (id: string): WorkerView | undefined => (workersTick.value, model.workers.get(id))
  /** The cases themselves, not followed: for who hears of changes by `onChanges` and goes through all of them. */
  const cases: ReadonlyMap<string, CaseView> = markRaw(model.cases)
  /** Reads the cases without following their changes: for who hears of those by `onChanges`. */
  const peek = (id: string): CaseView | undefined => model.cases.get(id)
  const peekWorker = (id: string): WorkerView | undefined => model.workers.get(id)
  const eachCase = (): IterableIterator<CaseView> => model.cases.values()
  const allCases = (): CaseView[] => (casesTick.value, [...model.cases.values()])
  const allWorkers = (): WorkerView[] => (workersTick.value, [...model.workers.values()])

  return {
    cases,
    casesTick,
    workersTick,
    overview,
    status,
    lastHeardAt,
    loaded,
    whole,
    seq,
    clockOffsetMs,
    start,
    stop,
    resync,
    hurry,
    onChanges,
    onNotices,
    put,
    nowMs,
    findCase,
    findWorker,
    peek,
    peekWorker,
    eachCase,
    allCases,
    allWorkers,
  }
})
