/** A worker's own routes. */
import { request } from './client'
import type { Page, Point, Way, WorkerView } from './types'
import type { components } from './schema'

type Made = components['schemas']
export type Colleague = Made['DutyMate']
export type OwnDay = Made['OwnDay']
export type Found = Made['Found']
export type Kept = Made['Kept']

export const getOwnWorker = (): Promise<WorkerView> => request('/workers/me')
export const setDuty = (on: boolean): Promise<WorkerView> =>
  request('/workers/me/duty', { method: 'POST', body: { on_duty: on } })

export function tellPosition([lon, lat]: Point, accuracyM: number, heading: number | null, at: string): Promise<void> {
  const body = { lon, lat, accuracy_m: Math.min(accuracyM, 100_000), at, ...(heading !== null && { heading }) }
  return request('/workers/me/position', { method: 'POST', body })
}
export const forgetPosition = (): Promise<void> => request('/workers/me/position', { method: 'DELETE' })

export const findWay = (from: Point, to: Point): Promise<Way> =>
  request('/workers/me/way', { query: { from_lon: from[0], from_lat: from[1], to_lon: to[0], to_lat: to[1] } })

export const listColleagues = (): Promise<Page<Colleague>> => request('/workers/me/colleagues')
export const getOwnDay = (): Promise<OwnDay> => request('/workers/me/day')

export const reportFinding = (body: Record<string, unknown>, idempotencyKey: string): Promise<Found> =>
  request('/workers/me/findings', { method: 'POST', body, idempotencyKey })
/** What could not be done any more goes into the case as a note. */
export const addLateReport = (caseId: string, note: string, media: string[], idempotencyKey: string): Promise<Kept> =>
  request(`/cases/${encodeURIComponent(caseId)}/late-report`, { method: 'POST', body: { note, media }, idempotencyKey })
