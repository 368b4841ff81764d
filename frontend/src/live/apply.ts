/**
 * The fold: facts into what the screens show. The same arithmetic as `apply` in dispatch/case.py, on the wire's shapes.
 *
 * `applyFact` is pure: the case before and one fact give the case after. `FOLD` has a row for every kind of fact.
 */
import type { CaseView, Place, Words, WorkerView } from '@/api/types'
import type { FactEntry, FactKind, FactOf, FactPlace, FactTable } from './messages'

/** What facts carry only as a code. */
export interface Names {
  category: (code: string) => Words
}

type Change = Partial<CaseView>
type Row<K extends FactKind> = (before: CaseView, data: FactTable[K], fact: FactOf<K>, names: Names) => Change | null

const NO_TASK = {
  worker: '',
  task_id: '',
  dispatched_at: null,
  accepted_at: null,
  departed_at: null,
  arrived_at: null,
} as const
/** Pictures that a case itself carries; the others are found through its events. */
const MEDIA_KEPT = 24

export function flattenPlace(place: FactPlace): Place {
  return {
    lon: place.point?.[0] ?? null,
    lat: place.point?.[1] ?? null,
    accuracy_m: place.accuracy_m ?? null,
    district: place.district ?? '',
    street: place.street ?? '',
    community: place.community ?? '',
    grid: place.grid ?? '',
    address: place.address ?? '',
    component: place.component ?? '',
    basis: place.basis ?? 'none',
    inside: place.inside ?? true,
  }
}

const later = (a: string, b: string): string => (Date.parse(a) >= Date.parse(b) ? a : b)
const union = (a: string[], b: string[] | undefined): string[] =>
  b?.length ? [...new Set([...a, ...b])].slice(0, MEDIA_KEPT) : a
/** A case that has become due later than the fact is no longer overdue. */
const newLimit = (
  before: CaseView,
  due: string | null | undefined,
  warn: string | null | undefined,
  at: string,
): Change =>
  due ? { due_at: due, warn_at: warn ?? null, overdue: before.overdue && Date.parse(due) <= Date.parse(at) } : {}
const category = (code: string, names: Names): CaseView['category'] => ({ code, name: names.category(code) })

function blank(fact: FactEntry, names: Names): CaseView {
  return {
    id: fact.case_id,
    number: '',
    stage: 'reported',
    version: fact.seq,
    category: category('', names),
    priority: 'general',
    severity: 1,
    place: flattenPlace({}),
    department: '',
    worker: '',
    task_id: '',
    feed: '',
    source: '',
    text: '',
    media: [],
    reporter: false,
    waiting: '',
    events: 1,
    attempts: 0,
    reworks: 0,
    reminders: 0,
    overdue: false,
    cleared: false,
    on_time: null,
    opened_at: fact.at,
    last_event_at: fact.at,
    due_at: null,
    warn_at: null,
    light: 'none',
    filed_at: null,
    dispatched_at: null,
    accepted_at: null,
    departed_at: null,
    arrived_at: null,
    handled_at: null,
    checked_at: null,
    closed_at: null,
  }
}

/** A case as its first visible fact tells it; null where that fact does not describe a case. */
function begin(fact: FactEntry, names: Names): CaseView | null {
  if (fact.kind === 'CaseOpened' || fact.kind === 'CaseImported') return blank(fact, names)
  if (fact.kind !== 'TaskDispatched') return null
  const { case: summary } = fact.data
  return {
    ...blank(fact, names),
    number: summary.number,
    category: category(summary.category, names),
    priority: summary.priority,
    place: flattenPlace(summary.place),
    due_at: summary.due_at,
    text: summary.text ?? '',
    media: summary.media ?? [],
    filed_at: fact.at,
  }
}

const FOLD: { [K in FactKind]: Row<K> } = {
  CaseOpened: (_, data, fact, names) => ({
    number: data.number,
    category: category(data.category, names),
    priority: data.priority,
    severity: data.severity,
    place: flattenPlace(data.place),
    feed: data.feed,
    source: data.source_id,
    text: data.text ?? '',
    media: data.media ?? [],
    reporter: Boolean(data.reporter),
    waiting: data.waiting ?? '',
    opened_at: fact.at,
    last_event_at: data.observed_at ?? fact.at,
  }),
  // A case of the past is ended, or a person must say what is to become of it.
  CaseImported: (_, data, __, names) => ({
    stage: data.closed_at ? 'closed' : 'reported',
    number: data.number,
    category: category(data.category, names),
    priority: data.priority,
    severity: data.severity,
    place: flattenPlace(data.place),
    feed: data.feed,
    source: data.source_id,
    text: data.text ?? '',
    waiting: data.waiting ?? '',
    department: data.department ?? '',
    worker: data.worker ?? '',
    filed_at: data.filed_at ?? null,
    due_at: data.due_at ?? null,
    warn_at: data.warn_at ?? null,
    dispatched_at: data.dispatched_at ?? null,
    accepted_at: data.accepted_at ?? null,
    arrived_at: data.arrived_at ?? null,
    handled_at: data.handled_at ?? null,
    checked_at: data.checked_at ?? null,
    closed_at: data.closed_at ?? null,
    overdue: data.overdue ?? false,
    on_time: data.on_time ?? null,
  }),
  EventAttached: (before, data) => ({
    events: before.events + 1,
    last_event_at: later(before.last_event_at, data.observed_at),
    media: union(before.media, data.media),
    reporter: before.reporter || Boolean(data.reporter),
    cleared: data.phase === 'sync' ? before.cleared : data.phase === 'close',
  }),
  PriorityRaised: (before, data, fact) => ({
    priority: data.priority,
    severity: data.severity,
    ...newLimit(before, data.due_at, data.warn_at, fact.at),
  }),
  CaseReclassified: (before, data, fact, names) => ({
    category: category(data.category, names),
    priority: data.priority,
    department: data.department || before.department,
    ...newLimit(before, data.due_at, data.warn_at, fact.at),
  }),
  CaseRelocated: (before, data) => ({
    place: flattenPlace(data.place),
    department: data.department || before.department,
  }),
  CaseFiled: (_, data, fact) => ({
    stage: 'filed',
    department: data.department,
    due_at: data.due_at,
    warn_at: data.warn_at,
    filed_at: fact.at,
    waiting: '',
  }),
  CaseQueued: (_, data) => ({ stage: 'filed', waiting: data.reason }),
  TaskDispatched: (_, data, fact) => ({
    ...NO_TASK,
    stage: 'dispatched',
    task_id: data.task_id,
    worker: data.worker,
    department: data.department,
    attempts: data.attempt,
    dispatched_at: fact.at,
    waiting: '',
  }),
  TaskAccepted: (_, __, fact) => ({ stage: 'accepted', accepted_at: fact.at }),
  TaskDeclined: () => ({ ...NO_TASK, stage: 'filed' }),
  TaskWithdrawn: () => ({ ...NO_TASK, stage: 'filed' }),
  WorkerDeparted: (_, __, fact) => ({ departed_at: fact.at }),
  WorkerArrived: (_, __, fact) => ({ stage: 'arrived', arrived_at: fact.at }),
  CaseHandled: (_, __, fact) => ({ stage: 'handled', handled_at: fact.at }),
  CheckPassed: (_, __, fact) => ({ stage: 'checked', checked_at: fact.at }),
  CaseReworked: (before, data, fact) => ({
    ...NO_TASK,
    stage: 'dispatched',
    task_id: data.task_id,
    worker: data.worker,
    reworks: before.reworks + 1,
    dispatched_at: fact.at,
    handled_at: null,
    checked_at: null,
  }),
  CaseClosed: (_, data, fact) => ({ stage: 'closed', on_time: data.on_time, closed_at: fact.at }),
  CaseVoided: () => ({ stage: 'void' }),
  CaseOverdue: () => ({ overdue: true }),
  LimitChanged: (before, data, fact) => newLimit(before, data.due_at, data.warn_at, fact.at),
  CaseReminded: (before) => ({ reminders: before.reminders + 1 }),
  NoteAdded: () => ({}),
  WorkerSignedOn: () => null,
  WorkerSignedOff: () => null,
  SourceLost: () => null,
  SourceRestored: () => null,
}

/** Every kind of fact that the fold knows. */
export const FACT_KINDS = Object.keys(FOLD)

/** The case after one fact. A case never seen before begins with CaseOpened or, for a worker, with TaskDispatched; else null. */
export function applyFact<K extends FactKind>(
  before: CaseView | undefined,
  fact: FactEntry & { kind: K },
  names: Names,
): CaseView | null {
  const known = before ?? begin(fact, names)
  if (!known) return null
  if (before && fact.seq <= before.version) return before // told twice: a snapshot already holds it
  const row = FOLD[fact.kind] as Row<K> | undefined
  if (!row) return { ...known, version: fact.seq } // a server newer than this page: the next snapshot will tell
  const change = row(known, fact.data as FactTable[K], fact as FactOf<K>, names)
  return change && { ...known, ...change, version: fact.seq }
}

/** What a fact changes in how many tasks a worker holds, and in whether he is on duty. */
export function applyToWorker(worker: WorkerView, fact: FactEntry): WorkerView {
  switch (fact.kind) {
    case 'TaskDispatched':
    case 'CaseReworked':
      return { ...worker, open_tasks: worker.open_tasks + 1 }
    case 'TaskDeclined':
    case 'TaskWithdrawn':
    case 'CaseHandled':
      return { ...worker, open_tasks: Math.max(0, worker.open_tasks - 1) }
    case 'WorkerSignedOn':
      return { ...worker, on_duty: true }
    case 'WorkerSignedOff':
      return { ...worker, on_duty: false }
    default:
      return worker
  }
}

export interface Model {
  cases: Map<string, CaseView>
  workers: Map<string, WorkerView>
}
export interface Changes {
  cases: Set<string>
  workers: Set<string>
  opened: string[]
}

/** Fold facts into the maps of `model` (changed in place; the values in them are never changed) and tell what moved. */
export function applyFacts(model: Model, facts: FactEntry[], names: Names): Changes {
  const changes: Changes = { cases: new Set(), workers: new Set(), opened: [] }
  for (const fact of facts) {
    if (fact.case_id) {
      const before = model.cases.get(fact.case_id)
      const after = applyFact(before, fact, names)
      if (!after || after === before) continue
      model.cases.set(after.id, after)
      changes.cases.add(after.id)
      if (!before) changes.opened.push(after.id)
    }
    const workerId = ('worker' in fact.data && fact.data.worker) || ''
    const worker = model.workers.get(workerId)
    if (worker) {
      model.workers.set(worker.id, applyToWorker(worker, fact))
      changes.workers.add(worker.id)
    }
  }
  return changes
}
