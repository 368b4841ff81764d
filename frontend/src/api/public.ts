/** What everybody may read of the city's cases: no login. */
import { request } from './client'
import type { Followed, Page, PublicCase, PublicMap, PublicRow, WaysToTell } from './types'

export interface PublicFilter {
  state: 'open' | 'closed'
  category: string
  area: string
  bbox: string
}

export const listPublicCases = (filter: PublicFilter, after: string, signal: AbortSignal): Promise<Page<PublicRow>> =>
  request('/public/cases', { query: { ...filter, after, limit: 30 }, signal })
export const getPublicMap = (filter: PublicFilter, signal: AbortSignal): Promise<PublicMap> =>
  request('/public/map', { query: { ...filter }, signal })
export const getPublicCase = (number: string): Promise<PublicCase> =>
  request(`/public/cases/${encodeURIComponent(number)}`)

/** What anybody may be told of without having reported it: one public case, or an area in one category or in all. */
export type Followable = { number: string } | { area: string; category: string }
export interface Address {
  channel: 'email' | 'sms'
  address: string
  language: string
}
export const listWaysToTell = (): Promise<WaysToTell> => request('/subscriptions')
export const subscribe = (to: Address, what: Followable): Promise<{ id: string }> =>
  request('/subscriptions', { method: 'POST', body: { ...to, ...what } })
export const confirmSubscription = (id: string, code: string): Promise<Followed> =>
  request(`/subscriptions/${id}/confirm`, { method: 'POST', body: { code } })
