/** Every kind of fact with its fields (dispatch/facts). Fields at their default are absent. */
import type { Basis, Point, Priority, Stage } from '@/api/types'
import type { ChainStep, RequestKind } from '@/api/workflow'

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
  /** When it happened by the worker's own phone, where it was told later. */
  happened_at?: string | null
}
/** A limit, where the fact brings one; `marks` are when 50, 80, 100 and 150 % of it are used. */
export interface Limited {
  due_at?: string | null
  warn_at?: string | null
  marks?: string[]
}
interface Explained {
  because?: Reason[]
}
interface By {
  by: string
}
interface Noted extends By {
  note?: string
}
interface Reasoned extends By {
  reason: string
}
interface Family {
  number: string
}
interface Seen extends Noted {
  media?: string[]
}
interface Asked extends Reasoned {
  worker: string
  media?: string[]
}
interface OpenedBy {
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
}

/** kind -> data. One row per fact of dispatch/facts; the fold and the story do not compile with a row missing. */
export interface FactTable {
  CaseOpened: Explained &
    OpenedBy & {
      observed_at?: string | null
      episode?: string
      confidence?: number | null
      media?: string[]
      reporter?: string
      parent?: string
      kind?: string
      phase?: string
    }
  CaseImported: Explained &
    OpenedBy & {
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
    /** Whether nothing speaks of the case any more; absent in old facts, where the phase alone says it. */
    cleared?: boolean | null
  }
  ClearedBySilence: {
    source_id: string
    episode: string
    silent_since: string
    after_s: number
    is_last: boolean
  }
  SilenceExcused: { source_id: string; episode: string; until: string }
  // sorting
  CaseAccepted: Noted
  VerificationAsked: Noted & { collector?: string }
  VerificationPassed: Seen
  VerificationFailed: Seen
  CaseFiled: Explained & By & Limited & { department: string; due_at: string; warn_at: string }
  CaseDeclined: Reasoned
  CaseVoided: Reasoned & { false_alarm?: boolean }
  CaseMerged: By & Family & { into: string; reason?: string }
  DuplicateMerged: By & Family & { duplicate: string; reason?: string }
  MasterEnded: Family & { master: string; stage: Stage }
  CaseSelfHandled: Noted & { before: string[]; after: string[] }
  PriorityRaised: Explained & Limited & { priority: Priority; severity: number }
  PrioritySet: By & Limited & { priority: Priority; reason?: string }
  CaseReclassified: Explained &
    By &
    Limited & { category: string; priority: Priority; reason?: string; department?: string }
  CaseRelocated: Explained & By & Limited & { place: FactPlace; reason?: string; department?: string }
  LimitChanged: By & Limited & { due_at: string; warn_at: string; reason?: string }
  // sending
  CaseQueued: Explained & { reason: string }
  TaskDispatched: Explained &
    By &
    OfTask & {
      department: string
      attempt: number
      case: CaseSummary
      candidates?: Candidate[]
      chain?: ChainStep[]
    }
  TaskAccepted: OfTask
  TaskDeclined: OfTask & { reason: string }
  TaskWithdrawn: OfTask & By & { reason?: string }
  WorkerDeparted: OfTask
  WorkerArrived: OfTask & { point?: Point | null }
  AssistSent: OfTask & By & { department: string; case: CaseSummary; reason?: string }
  AssistMoved: OfTask & {
    step: 'accept' | 'decline' | 'depart' | 'arrive' | 'leave' | 'withdraw'
    reason?: string
    point?: Point | null
  }
  CaseEscalated: Explained & { step: number; action: string; target?: string }
  // asking
  ReturnRequested: Asked
  ExtensionRequested: Asked & { amount: number }
  SuspensionRequested: Asked & { review_at: string }
  RequestWithdrawn: By & { kind: RequestKind }
  RequestRefused: Noted & { kind: RequestKind }
  ReturnGranted: Explained & Noted & Limited & { department: string; misdispatched_s: number }
  ExtensionGranted: Noted & Limited & { amount: number }
  CaseSuspended: Reasoned & { review_at: string }
  CoordinationBegun: Reasoned & { stops?: boolean }
  CaseResumed: Noted & Limited
  CoordinationSettled: By & Limited & { department: string; assisting?: string[]; reason?: string }
  ChildOpened: By & Family & { child: string; department: string }
  ChildEnded: Family & { child: string; stage: Stage }
  ReviewDue: { review_at: string }
  // forwarding
  CaseForwarded: Explained & { partner: string; service_code: string; reference: string; handles: boolean }
  ForwardTaken: { partner: string; reference: string; request_id: string }
  PartnerUpdated: {
    partner: string
    reference: string
    meaning: 'open' | 'working' | 'handled' | 'refused'
    word?: string
    note?: string
    update_id?: string
    said_at?: string | null
  }
  ForwardFailed: { partner: string; reference: string; reason: string; detail?: string; by?: string }
  ForwardEnded: Explained & By & Limited & { partner: string; reference: string; reason?: string; media?: string[] }
  // ending
  CaseHandled: OfTask & { note?: string; media?: string[]; before?: string[] }
  CheckSent: Noted & { collector?: string }
  CheckAsked: Explained & { source_id: string; answer_by: string }
  CheckAnswered: Explained & {
    source_id: string
    answer: 'clear' | 'present' | 'unknown'
    event_id?: string
    media?: string[]
    note?: string
  }
  CheckPassed: Explained & Seen
  CaseReworked: Explained & OfTask & Reasoned & Limited & { media?: string[] }
  CaseClosed: Explained & Noted & { on_time: boolean }
  CaseForceClosed: Reasoned
  CaseReopened: Reasoned & { report?: string; message_id?: string }
  // reporting
  ReporterWrote: { report: string; message_id: string }
  ReporterAnswered: By & { message_id: string; report?: string }
  ReportRated: { report: string; stars: number; message_id?: string }
  ReportWithdrawn: { report: string; reporter?: string }
  ReportRedacted: { report: string; words?: boolean; media?: string[] }
  CallbackDone: Noted & { report: string; reached: boolean; satisfied?: boolean | null; tries?: number }
  // watching
  PersonalDataErased: By & {
    why: string
    fields: string[]
    events?: string[]
    opening?: boolean
    media?: string[]
  }
  NoteAdded: By & { note: string; media?: string[]; mentions?: string[] }
  CaseReminded: Noted
  CaseSupervised: Noted & { due_at?: string | null }
  SupervisionEnded: Noted
  CaseMarked: By & { urgent?: boolean | null; key_case?: boolean | null }
  CaseClaimed: By & { taken_from?: string; reason?: string }
  ClaimReleased: By
  MoveUndone: By & { undoes: number; what: string; before: Record<string, unknown>; task_id?: string; worker?: string }
  CaseWarned: { percent: number; due_at: string }
  CaseOverdue: { due_at: string }
  StageOverdue: { stage: Stage; due_at: string }
  // staff and sources
  WorkerSignedOn: { worker: string }
  WorkerSignedOff: { worker: string }
  SourceLost: { source_id: string; last_heard_at: string | null }
  SourceRestored: { source_id: string }
}
export type FactKind = keyof FactTable

/** One line of the journal. `case_id` is "" for facts about workers and sources. Every fact may bring its stage's own limit. */
export interface FactOf<K extends FactKind> {
  seq: number
  at: string
  kind: K
  case_id: string
  data: FactTable[K] & { stage_due_at?: string | null }
}
export type FactEntry = { [K in FactKind]: FactOf<K> }[FactKind]
