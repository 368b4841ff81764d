import { expect, test } from 'vitest'
import type { SourceView } from '@/api/types'
import { groundOf } from '@/i18n/health'
import { countConditions, filtered, fromHash, hasCondition, NO_FILTERS, sorted, toHash } from './list'
import { tellClock } from './tell'

function source(id: string, changes: Partial<SourceView> = {}): SourceView {
  return {
    id,
    feed: 'telemetry',
    kind: 'sensor',
    name: { zh: `传感器${id}`, en: `Sensor ${id}` },
    external_id: id,
    gateway: 'gw',
    point: null,
    state: 'live',
    last_heard_at: '2026-03-03T02:00:00Z',
    heading_deg: null,
    view_deg: null,
    range_m: null,
    kinds: [],
    health: 'live',
    conditions: [{ condition: changes.health ?? 'live', values: {} }],
    interval_s: 60,
    clock_offset_s: 0,
    errors: 0,
    set_aside: 0,
    critical: false,
    case: '',
    street: 'S1',
    community: 'S1C',
    line: null,
    ...changes,
  }
}
const ALL = [
  source('a2', { health: 'silent', critical: true }),
  source('a10', { errors: 3 }),
  source('b', { feed: 'frigate', kind: 'camera', health: 'unknown', gateway: 'other', street: 'S2', community: '' }),
]
const ids = (found: SourceView[]): string[] => found.map((each) => each.id)

test('all filters must fit', () => {
  expect(ids(filtered(ALL, NO_FILTERS))).toEqual(['a2', 'a10', 'b'])
  expect(ids(filtered(ALL, { ...NO_FILTERS, feed: 'telemetry', critical: true }))).toEqual(['a2'])
  expect(ids(filtered(ALL, { ...NO_FILTERS, area: 'S2' }))).toEqual(['b'])
  expect(ids(filtered(ALL, { ...NO_FILTERS, gateway: 'other' }))).toEqual(['b'])
  expect(ids(filtered(ALL, { ...NO_FILTERS, q: 'sensor A10' }))).toEqual(['a10'])
  expect(filtered(ALL, { ...NO_FILTERS, q: 'sensor nobody' })).toEqual([])
})

test('each condition of a source is counted', () => {
  const both = source('c', {
    health: 'silent',
    conditions: [
      { condition: 'silent', values: {} },
      { condition: 'clock-bad', values: {} },
    ],
  })
  const counts = countConditions([...ALL, both])
  expect(counts).toMatchObject({ silent: 2, 'clock-bad': 1, unknown: 1, live: 1, flooding: 0 })
  expect(hasCondition(both, 'clock-bad')).toBe(true)
  expect(hasCondition(both, 'live')).toBe(false)
})

test('the worst comes first, and numbers in names count as numbers', () => {
  expect(ids(sorted(ALL, { by: 'health', down: true }))).toEqual(['a2', 'b', 'a10'])
  expect(ids(sorted(ALL, { by: 'name', down: false }))).toEqual(['a2', 'a10', 'b'])
  expect(ids(sorted(ALL, { by: 'errors', down: true }))[0]).toBe('a10')
})

test('the address says which filters are set, and nothing else', () => {
  const filters = { ...NO_FILTERS, health: 'clock-bad' as const, q: '解放碑 1', critical: true }
  expect(fromHash(toHash(filters))).toEqual(filters)
  expect(toHash(NO_FILTERS)).toBe('')
  expect(fromHash('#/?health=fine')).toEqual(NO_FILTERS)
})

test('a reason says why a state is', () => {
  expect(groundOf({ condition: 'silent', values: { heard_s: 7200, limit_s: 3600 } }, 'en')).toEqual({
    key: 'silent',
    values: { heard: '2h', limit: '1h' },
  })
  expect(groundOf({ condition: 'clock-bad', values: { offset_s: 600 } }, 'en').key).toBe('clockSlow')
  expect(groundOf({ condition: 'clock-bad', values: { offset_s: -600 } }, 'en').key).toBe('clockFast')
  expect(groundOf({ condition: 'clock-bad', values: {} }, 'en').key).toBe('clockImpossible')
  expect(groundOf({ condition: 'unknown', values: { why: 'never' } }, 'zh').key).toBe('unknown_never')
})

test('a clock is told as people say it: fast is plus, slow is minus', () => {
  expect(tellClock(null, 'en')).toBe('–')
  expect(tellClock(1.4, 'en')).toBe('±0s')
  expect(tellClock(45, 'en')).toBe('−45s')
  expect(tellClock(45, 'zh')).toBe('−45秒')
  expect(tellClock(-600, 'zh')).toBe('+10分')
})
