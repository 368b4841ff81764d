/** What the rows of the fold share. */
import type { CaseView, Place, Words } from '@/api/types'
import type { FactKind, FactOf, FactPlace, FactTable } from './messages'

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
export type Fold<Kinds extends FactKind> = { [K in Kinds]: Row<K> }

export const NO_TASK = {
  worker: '',
  task_id: '',
  dispatched_at: null,
  accepted_at: null,
  departed_at: null,
  arrived_at: null,
} as const

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

interface Limited {
  due_at?: string | null
  warn_at?: string | null
  marks?: string[]
}
const MARKS = [50, 80, 100, 150] as const

/** A new limit, if there is one. A case that has become due later than the fact is no longer overdue. */
export function newLimit(before: CaseView, data: Limited, at: string): Change {
  if (!data.due_at) return {}
  const now = Date.parse(at)
  const passed = MARKS.filter((_, index) => {
    const mark = data.marks?.[index]
    return mark !== undefined && Date.parse(mark) <= now
  })
  return {
    due_at: data.due_at,
    warn_at: data.warn_at ?? null,
    warned: Math.min(before.warned, passed.at(-1) ?? 0),
    overdue: before.overdue && Date.parse(data.due_at) <= now,
  }
}

/** When it happened by the worker's own phone, but neither before he was sent nor after it was told. */
export function saidAt(before: CaseView, data: { happened_at?: string | null }, at: string): string {
  if (!data.happened_at) return at
  const earliest = Date.parse(before.dispatched_at ?? at)
  const said = Date.parse(data.happened_at)
  if (said >= Date.parse(at)) return at
  return said >= earliest ? data.happened_at : (before.dispatched_at ?? at)
}

/** The case ends: who goes along is set free, and nobody's claim or request stands. */
export function ended(before: CaseView, at: string): Change {
  return {
    assists: before.assists.map((each) => (each.ended_at ? each : { ...each, ended_at: at })),
    claimed_by: '',
    claimed_at: null,
    asked: '',
    answer_by: null,
    request: null,
  }
}
