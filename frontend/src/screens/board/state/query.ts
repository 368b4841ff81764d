/** What the board shows, as it stands in the address. Pure. */
import type { MetricsQuery } from '@/api/metrics'

export const PERIODS = ['today', '7d', '14d', '30d', 'custom'] as const
export type Period = (typeof PERIODS)[number]
const DAYS: Record<Exclude<Period, 'custom'>, number> = { today: 1, '7d': 7, '14d': 14, '30d': 30 }
/** A trend of less than this is no trend. */
const TREND_DAYS = 14

export interface BoardQuery {
  period: Period
  /** Of a custom period, as yyyy-mm-dd. */
  from: string
  to: string
  district: string
  street: string
  /** The figure whose cases are open, as its link; "" for none. */
  list: string
  /** What that list is called. */
  name: string
}

const DAY = /^\d{4}-\d\d-\d\d$/
const dayOf = (value: string | null): string => (value && DAY.test(value) ? value : '')

export function readQuery(params: URLSearchParams): BoardQuery {
  const from = dayOf(params.get('from'))
  const to = dayOf(params.get('to'))
  const named = PERIODS.find((period) => period === params.get('period')) ?? '7d'
  const custom = Boolean(from && to && from <= to)
  const list = params.get('list') ?? ''
  return {
    period: custom ? 'custom' : named === 'custom' ? '7d' : named,
    from: custom ? from : '',
    to: custom ? to : '',
    district: params.get('district') ?? '',
    street: params.get('street') ?? '',
    list: list.startsWith('/api/v1/cases') ? list : '',
    name: params.get('name') ?? '',
  }
}

export function writeQuery(query: BoardQuery): URLSearchParams {
  const params = new URLSearchParams()
  if (query.period === 'custom') {
    params.set('from', query.from)
    params.set('to', query.to)
  } else if (query.period !== '7d') params.set('period', query.period)
  for (const key of ['district', 'street', 'list', 'name'] as const) if (query[key]) params.set(key, query[key])
  return params
}

export function addDays(day: string, count: number): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + count)
  return date.toISOString().slice(0, 10)
}

/** The day that it is in a time zone. */
export const dayIn = (nowMs: number, timeZone: string): string =>
  new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone }).format(nowMs)

export function metricsQuery(query: BoardQuery, today: string): MetricsQuery {
  const { district, street } = query
  if (query.period === 'custom') return { from: query.from, to: query.to, district, street }
  return { from: addDays(today, 1 - DAYS[query.period]), to: today, district, street }
}

/** The same, but never fewer than fourteen days. */
export function trendQuery(asked: MetricsQuery): MetricsQuery {
  const least = addDays(asked.to, 1 - TREND_DAYS)
  return { ...asked, from: asked.from < least ? asked.from : least }
}
