import { describe, expect, it } from 'vitest'
import { formatAt, formatDistance, formatShare, formatShort, formatSpan } from './format'

const MINUTE = 60_000
describe('spans', () => {
  it.each([
    [45_000, '45秒', '45s'],
    [5 * MINUTE, '5分', '5m'],
    [125 * MINUTE, '2小时5分', '2h 5m'],
    [120 * MINUTE, '2小时', '2h'],
    [(3 * 24 + 4) * 60 * MINUTE, '3天4小时', '3d 4h'],
    [-90 * MINUTE, '1小时30分', '1h 30m'],
  ])('%i ms is %s and %s', (ms, zh, en) => {
    expect(formatSpan(ms, 'zh')).toBe(zh)
    expect(formatSpan(ms, 'en')).toBe(en)
  })
  it('can be told in one unit', () => {
    expect(formatSpan(125 * MINUTE, 'en', 1)).toBe('2h')
  })
})

describe('times', () => {
  const at = '2026-01-05T18:30:00Z'
  it('are told in the zone of the city', () => {
    expect(formatAt(at, 'time', 'en', 'Asia/Shanghai')).toBe('02:30')
    expect(formatAt(at, 'date', 'zh', 'Asia/Shanghai')).toBe('2026/01/06')
  })
  it('leave out the day when it is today', () => {
    expect(formatShort(at, Date.parse('2026-01-06T01:00:00Z'), 'en', 'Asia/Shanghai')).toBe('02:30')
    expect(formatShort(at, Date.parse('2026-01-06T20:00:00Z'), 'en', 'Asia/Shanghai')).toContain('06/01')
  })
  it('are empty when there is none', () => {
    expect(formatAt(null, 'full', 'zh', 'UTC')).toBe('')
    expect(formatAt('rubbish', 'full', 'zh', 'UTC')).toBe('')
  })
})

it('tells distances and shares', () => {
  expect(formatDistance(312.4, 'zh')).toBe('312 米')
  expect(formatDistance(2350, 'en')).toBe('2.4 km')
  expect(formatShare(0.9234)).toBe('92.3%')
  expect(formatShare(null)).toBe('–')
})
