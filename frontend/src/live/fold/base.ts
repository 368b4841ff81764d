/** What the rows of the fold share: the shape of a row, and changes that several facts make in the same way. */
import type { CaseView, Place, Words } from '@/api/types'
import { NO_WORKFLOW, type Stop } from '@/api/workflow'
import type { FactEntry, FactKind, FactOf, FactPlace, FactTable, Limited } from '../facts'

/** What facts carry only as a code. */
export interface Names {
  category: (code: string) => Words
}
export type Change = Partial<CaseView>
export type Row<K extends FactKind> = (
  before: CaseView,
  data: FactTable[K],
  fact: FactOf<K>,
  names: Names,
) => Change | null
export type Rows<K extends FactKind> = { [Kind in K]: Row<Kind> }

export const NO_TASK = {
  worker: '',
  task_id: '',
  dispatched_at: null,
  accepted_at: null,
  departed_at: null,
  arrived_at: null,
} as const
export const NO_REQUEST = { held: null, request: null } as const
/** No source is asked whether it is over. */
export const NOT_ASKED = { asked: '', answer_by: null } as const
/** The case ends: who goes along is set free, and nobody's claim or request stands. */
export const ENDS = { claimed_by: '', claimed_at: null, waiting: '', ...NO_REQUEST, ...NOT_ASKED } as const

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

const SHARES = [50, 80, 100, 150]
/** A new limit, if there is one. A case that has become due later than the fact is no longer overdue. */
export function limit(before: CaseView, data: Limited, at: string): Change {
  if (!data.due_at) return {}
  const now = Date.parse(at)
  const passed = SHARES.filter((_, index) => Date.parse(data.marks?.[index] ?? '') <= now).at(-1) ?? 0
  return {
    due_at: data.due_at,
    warn_at: data.warn_at ?? null,
    warned: Math.min(before.warned, passed),
    overdue: before.overdue && Date.parse(data.due_at) <= now,
  }
}
/** The handling clock stands still from now on. */
export const stop = (before: CaseView, at: string, why: string): Change =>
  before.due_at && before.stopped.at(-1)?.to !== null
    ? { stopped: [...before.stopped, { from: at, to: null, why }] }
    : {}
/** The handling clock runs again; the span in which it stood is kept. */
export function run(before: CaseView, data: Limited, at: string): Change {
  const last: Stop | undefined = before.stopped.at(-1)
  const stopped = last?.to === null ? [...before.stopped.slice(0, -1), { ...last, to: at }] : before.stopped
  return { stopped, ...limit(before, data, at) }
}
/** When it happened by the worker's own phone, but neither before he was sent nor after it was told. */
export function saidAt(before: CaseView, happened: string | null | undefined, at: string): string {
  if (!happened) return at
  const earliest = before.dispatched_at ?? at
  const told = Date.parse(happened)
  return told < Date.parse(earliest) ? earliest : told > Date.parse(at) ? at : happened
}

export const category = (code: string, names: Names): CaseView['category'] => ({ code, name: names.category(code) })
export const later = (a: string, b: string): string => (Date.parse(a) >= Date.parse(b) ? a : b)
/** Pictures that a case itself carries; the others are found through its events. */
const MEDIA_KEPT = 24
export const union = (a: string[], b: string[] | undefined): string[] =>
  b?.length ? [...new Set([...a, ...b])].slice(0, MEDIA_KEPT) : a

export function blank(fact: FactEntry, names: Names): CaseView {
  return {
    ...NO_WORKFLOW,
    id: fact.case_id,
    number: '',
    stage: 'reported',
    stage_since: fact.at,
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
    unanswered: [],
    waiting: '',
    events: 1,
    attempts: 0,
    reworks: 0,
    reminders: 0,
    overdue: false,
    cleared: false,
    silent: false,
    kind: '',
    confidence: null,
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
    stage_overdue: false,
    asked: '',
    answer_by: null,
    open_children: [],
    reopened: 0,
    received_at: null,
    voided_at: null,
  }
}
