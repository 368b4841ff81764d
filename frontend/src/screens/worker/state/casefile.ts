/** The parts of a case that a phone needs beside what every list has; a server may not have them yet. Pure. */
import type { CaseView } from '@/api/types'

/** One who goes along with the worker whose task it is. */
export interface Assist {
  task_id: string
  worker: string
  department: string
  dispatched_at: string | null
  accepted_at?: string | null
  departed_at?: string | null
  arrived_at?: string | null
  left_at?: string | null
  ended_at?: string | null
}
/** What the worker has asked the desk for. `amount` is in the unit of the case's limit. */
export interface AskedFor {
  kind: string
  by: string
  at: string
  reason: string
  amount?: number | null
  review_at?: string | null
}
interface More {
  assists?: Assist[]
  request?: AskedFor | null
  held?: string | null
}

const more = (item: CaseView): More => item as unknown as More
export const assistsOf = (item: CaseView): Assist[] => more(item).assists ?? []
export const requestOf = (item: CaseView): AskedFor | null => more(item).request ?? null
/** The stage to which a request goes back. */
export const heldOf = (item: CaseView): string => more(item).held || 'accepted'

export const findAssist = (item: CaseView, worker: string): Assist | undefined =>
  assistsOf(item).find((each) => each.worker === worker && !each.left_at && !each.ended_at)
export const withAssist = (item: CaseView, worker: string, change: Partial<Assist>): CaseView =>
  ({
    ...item,
    assists: assistsOf(item).map((each) => (each === findAssist(item, worker) ? { ...each, ...change } : each)),
  }) as CaseView
