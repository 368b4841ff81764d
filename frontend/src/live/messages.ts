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
}
/** A new limit, where the change brings one. */
interface NewLimit {
  due_at?: string | null
  warn_at?: string | null
  marks?: string[]
  clock?: Clock | null
}
/** The handling clock as a fact brings it (dispatch/clocks.py). */
export interface Clock {
  limit: { amount: number; unit: string }
  start: string
  extra?: number
  stops?: [string, string, string?][]
  stopped_since?: string | null
  why?: string
  is_rework?: boolean
}
/** When it happened by the worker's own phone, where it was told later. */
interface Happened {
  happened_at?: string | null
}
interface Asked extends By {
  worker: string
  reason: string
  media?: string[]
}
export type RequestKind = 'return' | 'extension' | 'suspension'
export type AssistStep = 'accept' | 'decline' | 'depart' | 'arrive' | 'leave' | 'withdraw'
interface Explained {
  because?: Reason[]
}
interface By {
  by: string
}

/** A case as the journal keeps it (dispatch/record.py): what a move that is undone leads back to. Defaults are absent. */
export interface KeptCase {
  stage: string
  category: string
  priority: Priority
  place: FactPlace
  held?: string | null
  clock?: Clock | null
  request?: KeptRequest | null
  [field: string]: unknown
}
export interface KeptRequest {
  kind: RequestKind
  by: string
  at: string
  reason: string
  amount?: number | null
  review_at?: string | null
  media?: string[]
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
    parent?: string
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
  CaseRelocated: Explained & NewLimit & By & { place: FactPlace; reason?: string; department?: string }
  PrioritySet: NewLimit & By & { priority: Priority; reason?: string }
  LimitChanged: NewLimit & By & { reason?: string }
  CaseAccepted: By & { note?: string }
  VerificationAsked: By & { collector?: string; note?: string }
  VerificationPassed: By & { note?: string; media?: string[] }
  VerificationFailed: By & { note: string; media?: string[] }
  CaseDeclined: By & { reason: string }
  CaseMerged: By & { into: string; number: string; reason?: string }
  DuplicateMerged: By & { duplicate: string; number: string; reason?: string }
  MasterEnded: { master: string; number: string; stage: string }
  CaseSelfHandled: By & { before: string[]; after: string[]; note?: string }
  CaseFiled: Explained & By & { department: string; due_at: string; warn_at: string }
  CaseQueued: Explained & { reason: string }
  TaskDispatched: Explained &
    By &
    OfTask & { department: string; attempt: number; case: CaseSummary; candidates?: Candidate[] }
  TaskAccepted: OfTask & Happened
  TaskDeclined: OfTask & Happened & { reason: string }
  TaskWithdrawn: OfTask & By & { reason?: string }
  WorkerDeparted: OfTask & Happened
  WorkerArrived: OfTask & Happened & { point?: Point | null }
  AssistSent: OfTask & By & { department: string; case: CaseSummary; reason?: string }
  AssistMoved: OfTask & Happened & { step: AssistStep; reason?: string; point?: Point | null }
  CaseEscalated: Explained & { step: number; action: string; target?: string }
  ReturnRequested: Asked
  ExtensionRequested: Asked & { amount: number }
  SuspensionRequested: Asked & { review_at: string }
  RequestWithdrawn: By & { kind: RequestKind }
  RequestRefused: By & { kind: RequestKind; note?: string }
  ReturnGranted: Explained & NewLimit & By & { department: string; misdispatched_s: number; note?: string }
  ExtensionGranted: NewLimit & By & { amount: number; note?: string }
  CaseSuspended: By & { reason: string; review_at: string }
  CoordinationBegun: By & { reason: string; stops?: boolean }
  CaseResumed: NewLimit & By & { note?: string }
  CoordinationSettled: NewLimit & By & { department: string; assisting?: string[]; reason?: string }
  ChildOpened: By & { child: string; number: string; department: string }
  ChildEnded: { child: string; number: string; stage: string }
  ReviewDue: { review_at: string }
  CaseHandled: OfTask & Happened & { note?: string; media?: string[]; before?: string[] }
  CheckSent: By & { collector?: string; note?: string }
  CheckAsked: Explained & { source_id: string; answer_by: string }
  CheckAnswered: Explained & {
    source_id: string
    answer: 'clear' | 'present' | 'unknown'
    event_id?: string
    media?: string[]
    note?: string
  }
  CheckPassed: Explained & By & { note?: string; media?: string[] }
  CaseReworked: Explained & NewLimit & OfTask & By & { reason: string; media?: string[] }
  CaseForceClosed: By & { reason: string }
  CaseReopened: By & { reason: string }
  CaseClosed: Explained & By & { on_time: boolean; note?: string }
  CaseVoided: By & { reason: string }
  CaseOverdue: { due_at: string }
  CaseWarned: { percent: number; due_at: string }
  StageOverdue: { stage: string; due_at: string }
  CaseReminded: By & { note?: string }
  CaseSupervised: By & { note?: string; due_at?: string | null }
  SupervisionEnded: By & { note?: string }
  CaseMarked: By & { urgent?: boolean | null; key_case?: boolean | null }
  CaseClaimed: By & { taken_from?: string; reason?: string }
  ClaimReleased: By
  MoveUndone: By & { undoes: number; what: string; before: KeptCase; task_id?: string; worker?: string }
  NoteAdded: By & { note: string; media?: string[]; mentions?: string[] }
  WorkerSignedOn: { worker: string }
  WorkerSignedOff: { worker: string }
  SourceLost: { source_id: string; last_heard_at: string | null }
  SourceRestored: { source_id: string }
}
export type FactKind = keyof FactTable

/** One line of the journal; `stage_due_at` is by when the stage that it leads to should be left. `case_id` is "" for facts about workers and sources. */
export interface FactOf<K extends FactKind> {
  seq: number
  at: string
  kind: K
  case_id: string
  data: FactTable[K] & { stage_due_at?: string | null }
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
  | { type: 'city'; version: number }
  | { type: 'error'; reason: string }
