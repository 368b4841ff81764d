/** What everybody may read of the city's cases: no login. */
import { request } from './client'
import type { Page, PublicCase, PublicMap, PublicRow } from './types'

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
