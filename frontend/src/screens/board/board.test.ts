import { describe, expect, it } from 'vitest'
import type { SourceView } from '@/api/types'
import { boundsOf, classOf, scaleOf } from './state/classes'
import { tableOf } from './state/columns'
import { addDays, dayIn, metricsQuery, readQuery, trendQuery, writeQuery } from './state/query'
import { countByKind, lostOnes } from './state/sources'

const read = (text: string): ReturnType<typeof readQuery> => readQuery(new URLSearchParams(text))

describe('the address', () => {
  it('keeps what the board shows', () => {
    const text = 'period=14d&street=500103001&list=%2Fapi%2Fv1%2Fcases%3Fstage%3Dopen&name=Open'
    expect(writeQuery(read(text)).toString()).toBe(text)
    expect(writeQuery(read('from=2026-11-01&to=2026-11-03')).toString()).toBe('from=2026-11-01&to=2026-11-03')
    expect(writeQuery(read('')).toString()).toBe('')
  })
  it('is not believed', () => {
    expect(read('period=custom').period).toBe('7d')
    expect(read('from=2026-11-03&to=2026-11-01').period).toBe('7d')
    expect(read('list=https://elsewhere.example/').list).toBe('')
  })
})

describe('a period', () => {
  it('counts days, both included', () => {
    const asked = metricsQuery(read('period=7d&street=s'), '2026-03-02')
    expect(asked).toEqual({ from: '2026-02-24', to: '2026-03-02', district: '', street: 's' })
    expect(metricsQuery(read('period=today'), '2026-03-02').from).toBe('2026-03-02')
  })
  it('shows a trend of fourteen days at least', () => {
    const asked = metricsQuery(read('period=today'), '2026-03-02')
    expect(trendQuery(asked).from).toBe('2026-02-17')
    expect(trendQuery(metricsQuery(read('period=30d'), '2026-03-02')).from).toBe('2026-02-01')
  })
  it("goes by the city's own day", () => {
    expect(dayIn(Date.parse('2026-11-23T17:00:00Z'), 'Asia/Shanghai')).toBe('2026-11-24')
    expect(addDays('2026-02-28', 1)).toBe('2026-03-01')
  })
})

describe('classes of a map', () => {
  it('hold every value, the largest too', () => {
    const scale = scaleOf([10, 20, 60])
    expect(scale).toEqual({ low: 10, high: 60 })
    if (!scale) return
    expect([10, 19.9, 20, 59, 60].map((value) => classOf(value, scale))).toEqual([0, 0, 1, 4, 4])
    expect(boundsOf(scale)[4]).toEqual([50, 60])
  })
  it('are one where all are equal, and none where there is nothing', () => {
    expect(classOf(3, { low: 3, high: 3 })).toBe(2)
    expect(scaleOf([])).toBeNull()
  })
})

it('counts sources by kind and state, and names the longest silent first', () => {
  const source = (id: string, kind: string, state: SourceView['state'], heard: string): SourceView =>
    ({ id, kind, state, last_heard_at: heard }) as SourceView
  const all = [
    source('a', 'camera', 'live', '3'),
    source('b', 'camera', 'lost', '2'),
    source('c', 'sensor', 'lost', '1'),
  ]
  expect(countByKind(all)[0]).toEqual({
    kind: 'camera',
    counts: { live: 1, silent: 0, lost: 1, never: 0 },
    all: 2,
  })
  expect(lostOnes(all).map(({ id }) => id)).toEqual(['c', 'b'])
})

describe('a table of parts', () => {
  it('gives each score its tenth, each rate its percent, and a dash for what is not known', () => {
    const figure = (value: number | null) => ({ value, link: null }) as never
    const part = { key: 'd', name: { zh: '部', en: 'D' }, figures: { score: figure(97), on_time_rate: figure(0.5) } }
    const columns = ['score', 'on_time_rate', 'filed'].map((key) => ({ key, title: key }))
    const [row] = tableOf('Department', columns, [part as never], (words) => words.en, 'en').rows
    expect(row?.cells.map(({ text }) => text)).toEqual(['97.0', '50.0%', '–'])
  })
})
