import { request } from './client'
import type { CityView, FoundPlace, Page, Place, SourceView, Template, WorkerView } from './types'

export const getCity = (): Promise<CityView> => request('/city')
export const listSources = (kind: string): Promise<Page<SourceView>> =>
  request('/sources', { query: { kind, limit: 5000 } })
export const listWorkers = (): Promise<Page<WorkerView>> => request('/workers')
export const listTemplates = (): Promise<Page<Template>> => request('/templates')
export const searchPlaces = (q: string, signal?: AbortSignal): Promise<Page<FoundPlace>> =>
  request('/places', { query: { q, limit: 10 }, ...(signal && { signal }) })
export const locate = (lon: number, lat: number): Promise<Place> => request('/locate', { query: { lon, lat } })
