/** The board's figures. Each carries the list of the cases behind it. */
import { request, toQuery } from './client'
import type { CaseView, Figure, Overview, Page, SourceView, Words } from './types'

/** Local days, both included; "" for all. */
export interface MetricsQuery {
  from: string
  to: string
  district: string
  street: string
}
export interface TrendPoint {
  at: string
  figures: Record<string, Figure>
}
export interface Part {
  key: string
  name: Words
  figures: Record<string, Figure>
}
export type Dimension = 'street' | 'category' | 'source' | 'stage'

type Definitions = Record<string, Words>
const ask = <T>(path: string, query: MetricsQuery, more: Record<string, string> = {}): Promise<T> =>
  request(`/metrics/${path}`, { query: { ...query, ...more } })

export const getOverview = (query: MetricsQuery): Promise<Overview> => ask('overview', query)
export const getTrend = (query: MetricsQuery): Promise<{ items: TrendPoint[] }> => ask('trend', query)
export const getBreakdown = (query: MetricsQuery, by: Dimension): Promise<{ items: Part[] }> =>
  ask('breakdown', query, { group_by: by })
export const getEvaluation = (query: MetricsQuery): Promise<{ items: Part[]; definitions: Definitions }> =>
  ask('evaluation', query, { group_by: 'department' })
export const getWorkerFigures = (query: MetricsQuery): Promise<{ items: Part[] }> => ask('workers', query)
export interface PrecisionRow {
  source: string
  kind: string
  source_name: Words
  kind_name: Words
  figures: Record<string, Figure>
  low: number | null
  high: number | null
  advice: { threshold: number; judged: number; share: number } | null
}
export const getPrecision = (query: MetricsQuery): Promise<{ types: PrecisionRow[]; items: PrecisionRow[] }> =>
  ask('precision', query)
export const listAllSources = (): Promise<Page<SourceView>> => request('/sources', { query: { limit: 5000 } })

/** One page of the cases behind a figure. `link` is a figure's own. */
export function listBehind(link: string, after: string, limit: number): Promise<Page<CaseView>> {
  const asked = Object.fromEntries(new URLSearchParams(link.split('?')[1] ?? ''))
  return request(`/cases${toQuery({ ...asked, limit, ...(after ? { after } : { count: 'exact' }) })}`)
}
