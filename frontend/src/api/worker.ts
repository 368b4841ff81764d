/** A worker's own routes. */
import { request } from './client'
import type { Point, Way, WorkerView } from './types'

export const getOwnWorker = (): Promise<WorkerView> => request('/workers/me')
export const setDuty = (on: boolean): Promise<WorkerView> =>
  request('/workers/me/duty', { method: 'POST', body: { on_duty: on } })

export function tellPosition([lon, lat]: Point, accuracyM: number, heading: number | null, at: string): Promise<void> {
  const body = { lon, lat, accuracy_m: Math.min(accuracyM, 100_000), at, ...(heading !== null && { heading }) }
  return request('/workers/me/position', { method: 'POST', body })
}

export const findWay = (from: Point, to: Point): Promise<Way> =>
  request('/workers/me/way', { query: { from_lon: from[0], from_lat: from[1], to_lon: to[0], to_lat: to[1] } })
