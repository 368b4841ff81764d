/** The frames of `/ws/live` (docs/live-protocol.md) and the facts of a case (dispatch/case.py). Fields at their default are absent. */
import type { Basis, CaseView, Overview, Point, Priority, WorkerView } from '@/api/types'

interface Reason {
  rule: string
  values?: Record<string, string>
}

/** A place inside a fact; the lists carry the flat `Place` of api/types. */
export interface FactPlace {
  point?: Point | null
  accuracy_m?: number | null
  district?: string
  street?: string
  community?: string
  grid?: string
  component?: string
  address?: string
  basis?: Basis
  inside?: boolean
}

export interface Candidate {
  worker: string
  distance_m: number
  travel_s: number
  load: number
  cost: number
}

interface CaseSummary {
  number: string
  category: string
  priority: Priority
  place: FactPlace
  due_at: string
  text?: string
  media?: string[]
}

interface OfTask {
  task_id: string
  worker: string
  /** The user who said so for the worker; absent for the worker himself. */
  by?: string
  /** When it was done, where the phone could tell it only later. */
  happened_at?: string | null
}
/** A new limit, where the change brings one. */
interface NewLimit {
  due_at?: string | null
  warn_at?: string | null
}
interface Explained {
  because?: Reason[]
}
interface By {
  by: string
}

/** kind -> data. One row per fact of dispatch/case.py; `apply` does not compile with a row missing. */
export interface FactTable {
  CaseOpened: Explained & {
    number: string
    category: string
    priority: Priority
    severity: number
    place: FactPlace
    feed: string
    source_id: string
    event_id: string
    observed_at?: string | null
    episode?: string
    text?: string
    confidence?: number | null
    media?: string[]
    reporter?: string
    waiting?: string
  }
  CaseImported: Explained & {
    number: string
    category: string
    priority: Priority
    severity: number
    place: FactPlace
    feed: string
    source_id: string
    event_id: string
    text?: string
    waiting?: string
    department?: string
    worker?: string
    filed_at?: string | null
    due_at?: string | null
    warn_at?: string | null
    dispatched_at?: string | null
    accepted_at?: string | null
    arrived_at?: string | null
    handled_at?: string | null
    checked_at?: string | null
    closed_at?: string | null
    overdue?: boolean
    on_time?: boolean | null
  }
  EventAttached: Explained & {
    event_id: string
    feed: string
    source_id: string
    phase: 'open' | 'update' | 'close' | 'pulse' | 'sync'
    observed_at: string
    severity: number
    episode?: string
    text?: string
    media?: string[]
    reporter?: string
  }
  PriorityRaised: Explained & NewLimit & { priority: Priority; severity: number }
  CaseReclassified: Explained &
    NewLimit &
    By & { category: string; priority: Priority; reason?: string; department?: string }
  CaseRelocated: Explained & By & { place: FactPlace; reason?: string; department?: string }
  CaseFiled: Explained & By & { department: string; due_at: string; warn_at: string }
  CaseQueued: Explained & { reason: string }
  TaskDispatched: Explained &
    By &
    OfTask & { department: string; attempt: number; case: CaseSummary; candidates?: Candidate[] }
  TaskAccepted: OfTask
  TaskDeclined: OfTask & { reason: string }
  TaskWithdrawn: OfTask & By & { reason?: string }
  WorkerDeparted: OfTask
  WorkerArrived: OfTask & { point?: Point | null }
  CaseHandled: OfTask & { note?: string; media?: string[]; before?: string[] }
  CheckPassed: By & { note?: string; media?: string[] }
  CaseReworked: OfTask & By & { reason: string; media?: string[] }
  CaseClosed: Explained & By & { on_time: boolean; note?: string }
  CaseVoided: By & { reason: string }
  CaseOverdue: { due_at: string }
  CaseReminded: By & { note?: string }
  NoteAdded: By & { note: string; media?: string[] }
  WorkerSignedOn: { worker: string }
  WorkerSignedOff: { worker: string }
  SourceLost: { source_id: string; last_heard_at: string | null }
  SourceRestored: { source_id: string }
}
export type FactKind = keyof FactTable

/** One line of the journal. `case_id` is "" for facts about workers and sources. */
export interface FactOf<K extends FactKind> {
  seq: number
  at: string
  kind: K
  case_id: string
  data: FactTable[K]
}
export type FactEntry = { [K in FactKind]: FactOf<K> }[FactKind]

export type Topic = 'cases' | 'workers' | 'tasks' | 'metrics'

export interface Snapshot {
  type: 'snapshot'
  seq: number
  now: string
  cases?: CaseView[]
  tasks?: CaseView[]
  workers?: WorkerView[]
  metrics?: Overview
}
export interface Positions {
  type: 'positions'
  workers: { id: string; point: Point; at: string }[]
}

export type Frame =
  | Snapshot
  | Positions
  | { type: 'facts'; facts: FactEntry[] }
  | { type: 'heartbeat'; seq: number; now?: string }
  | { type: 'resync'; reason: string }
  | { type: 'metrics'; overview: Overview }
  | { type: 'error'; reason: string }
