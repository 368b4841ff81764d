/**
 * The live state of a page: cases and workers as a fold of facts, and how the connection does.
 *
 * The maps are plain and large; `casesTick` and `workersTick` count their changes, at most once per frame, and whoever
 * reads the maps reads the tick first. Listeners (`onChanges`) get the very ids, for the map and the list.
 */
import { defineStore } from 'pinia'
import { onScopeDispose, ref, shallowRef } from 'vue'
import { listWorkers } from '@/api/city'
import type { CaseView, Overview, Point, WorkerView } from '@/api/types'
import { applyFacts, type Changes, type Model } from '@/live/apply'
import { connectLive, type LiveConnection, type LiveStatus } from '@/live/connect'
import type { FactEntry, Frame, Snapshot, Topic } from '@/live/messages'
import { useCity } from './city'

export interface LiveEvent {
  /** True when everything may have changed (a snapshot came). */
  all: boolean
  changes: Changes
  facts: FactEntry[]
}

/** How long an ended case is still held: long enough to be read to its end, short enough for a shift of eight hours. */
const KEEP_ENDED_MS = 15 * 60_000
const PRUNE_MS = 60_000
/** All screens hear of a new city at once; they ask for it one after the other. */
const SPREAD_MS = 2_000
const ENDED: ReadonlySet<string> = new Set(['closed', 'forced_closed', 'not_filed', 'merged', 'void'])

const nothing = (): Changes => ({ cases: new Set(), workers: new Set(), opened: [] })

export const useLive = defineStore('live', () => {
  const model: Model = { cases: new Map<string, CaseView>(), workers: new Map<string, WorkerView>() }
  const casesTick = ref(0)
  const workersTick = ref(0)
  const overview = shallowRef<Overview | null>(null)
  const status = ref<LiveStatus>('connecting')
  const lastHeardAt = ref(Date.now())
  const loaded = ref(false)
  /** Server's clock minus ours, so that countdowns do not depend on this computer's clock. */
  const clockOffsetMs = ref(0)
  const listeners = new Set<(event: LiveEvent) => void>()
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

  const tell = (event: LiveEvent): void => {
    for (const id of event.changes.cases) {
      if (ENDED.has(model.cases.get(id)?.stage ?? '') && !ended.has(id)) ended.set(id, Date.now())
    }
    if (event.all || event.changes.cases.size) casesTick.value += 1
    if (event.all || event.changes.workers.size) workersTick.value += 1
    for (const listener of listeners) listener(event)
  }

  function begin(snapshot: Snapshot): void {
    clockOffsetMs.value = Date.parse(snapshot.now) - Date.now()
    const cases = [...(snapshot.cases ?? []), ...(snapshot.tasks ?? [])]
    model.cases.clear()
    for (const item of cases) model.cases.set(item.id, item)
    model.workers.clear()
    for (const worker of snapshot.workers ?? []) model.workers.set(worker.id, worker)
    if (snapshot.metrics) overview.value = snapshot.metrics
    loaded.value = true
    tell({ all: true, changes: nothing(), facts: [] })
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

  const names = { category: (code: string) => useCity().categoryName(code) }
  function receive(frame: Frame): void {
    lastHeardAt.value = Date.now()
    switch (frame.type) {
      case 'snapshot':
        return begin(frame)
      case 'facts':
        return tell({ all: false, changes: applyFacts(model, frame.facts, names), facts: frame.facts })
      case 'positions':
        return move(frame.workers)
      case 'metrics':
        overview.value = frame.overview
        return
      case 'city':
        setTimeout(() => void renew(), Math.random() * SPREAD_MS)
        return
      case 'heartbeat':
      case 'resync':
      case 'error':
    }
  }

  function start(topics: Topic[], area: string | null = null): void {
    connection?.close()
    heard = topics
    connection = connectLive({
      topics,
      area,
      onFrame: receive,
      onStatus: (next) => {
        status.value = next
      },
    })
  }
  const stop = (): void => connection?.close()
  const resync = (): void => connection?.resync()
  const onChanges = (listener: (event: LiveEvent) => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  /** Put a case in as the server has just told it (the answer to a command), unless a newer one is held. */
  function put(item: CaseView): void {
    const held = model.cases.get(item.id)
    if (held && held.version > item.version) return
    model.cases.set(item.id, item)
    tell({ all: false, changes: { ...nothing(), cases: new Set([item.id]) }, facts: [] })
  }
  const nowMs = (): number => Date.now() + clockOffsetMs.value
  const findCase = (id: string): CaseView | undefined => (casesTick.value, model.cases.get(id))
  const findWorker = (id: string): WorkerView | undefined => (workersTick.value, model.workers.get(id))
  const allCases = (): CaseView[] => (casesTick.value, [...model.cases.values()])
  const allWorkers = (): WorkerView[] => (workersTick.value, [...model.workers.values()])

  return {
    casesTick,
    workersTick,
    overview,
    status,
    lastHeardAt,
    loaded,
    clockOffsetMs,
    start,
    stop,
    resync,
    onChanges,
    put,
    nowMs,
    findCase,
    findWorker,
    allCases,
    allWorkers,
  }
})
