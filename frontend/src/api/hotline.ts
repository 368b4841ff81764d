/** The hotline's desk: calls, who calls, what he says, and calling him back. */
import { request } from './client'
import type {
  Callback,
  Callbacks,
  CallerView,
  CallView,
  CaseView,
  HotlineDesk,
  Page,
  PlaceHit,
  SimilarCase,
  Taken,
} from './types'

/** What is sent of a report; `key` is our own name for it, under which it is filed once. */
export interface HotlineReport {
  key: string
  call_id: string
  number: string
  name: string
  text: string
  category: string
  lon?: number
  lat?: number
  accuracy_m?: number
  address: string
  component: string
  same_as: string
  urgent: boolean
  callback: boolean
  file: boolean
}
export interface CallResult {
  reached: boolean
  satisfied?: boolean
  note: string
  reopen: boolean
}

export const getDesk = (): Promise<HotlineDesk> => request('/hotline/desk')
export const takeSeat = (extension: string): Promise<void> =>
  request('/hotline/seat', { method: 'PUT', body: { extension } })
export const keepDraft = (key: string, callId: string, fields: object): Promise<void> =>
  request(`/hotline/drafts/${key}`, { method: 'PUT', body: { call_id: callId, fields } })
export const dropDraft = (key: string): Promise<void> => request(`/hotline/drafts/${key}`, { method: 'DELETE' })
export const returnCall = (id: string): Promise<CallView> => request(`/hotline/calls/${id}/return`, { method: 'POST' })
export const findCaller = (number: string, signal: AbortSignal): Promise<CallerView> =>
  request('/hotline/callers', { query: { number }, signal })
export const searchPlaces = (q: string, signal: AbortSignal): Promise<Page<PlaceHit>> =>
  request('/hotline/places', { query: { q }, signal })
export const listNear = (lon: number, lat: number, category: string, signal: AbortSignal): Promise<Page<SimilarCase>> =>
  request('/hotline/near', { query: { lon, lat, category }, signal })
export const fileReport = (report: HotlineReport): Promise<Taken> =>
  request('/hotline/reports', { method: 'POST', body: report })

export const listCallbacks = (): Promise<Callbacks> => request('/hotline/callbacks')
export const claimCallback = (report: string): Promise<Callback> =>
  request(`/hotline/callbacks/${report}/claim`, { method: 'POST' })
export const releaseCallback = (report: string): Promise<void> =>
  request(`/hotline/callbacks/${report}/claim`, { method: 'DELETE' })
export const tellCallback = (report: string, result: CallResult, idempotencyKey: string): Promise<CaseView> =>
  request(`/hotline/callbacks/${report}/result`, { method: 'POST', body: result, idempotencyKey })
