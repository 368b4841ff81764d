import { describe, expect, it } from 'vitest'
import type { CaseView } from '@/api/types'
import { leftMs, lightOf, urgencyAt, usedShare } from './light'

const T0 = Date.UTC(2026, 0, 5, 8)
const at = (minutes: number): string => new Date(T0 + minutes * 60_000).toISOString()
const make = (change: Partial<CaseView>): CaseView =>
  ({
    stage: 'dispatched',
    priority: 'general',
    opened_at: at(-5),
    filed_at: at(0),
    warn_at: at(70),
    due_at: at(100),
    handled_at: null,
    on_time: null,
    overdue: false,
    ...change,
  }) as CaseView

describe('the light of a case', () => {
  it.each([
    [0, 'green'],
    [69, 'green'],
    [70, 'yellow'],
    [100, 'yellow'],
    [101, 'red'],
  ])('is, %i minutes into a limit of 100, %s', (minutes, light) => {
    expect(lightOf(make({}), T0 + minutes * 60_000)).toBe(light)
  })
  it('stands still when the case is handled', () => {
    expect(lightOf(make({ stage: 'handled', handled_at: at(50) }), T0 + 500 * 60_000)).toBe('green')
  })
  it('is none where no limit runs', () => {
    expect(lightOf(make({ due_at: null }), T0)).toBe('none')
    expect(lightOf(make({ stage: 'void' }), T0)).toBe('none')
  })
  it('tells a closed case by whether it was in time', () => {
    expect(lightOf(make({ stage: 'closed', on_time: false }), T0)).toBe('red')
  })
})

describe('the countdown', () => {
  it('is the share of the limit that is used, and what is left', () => {
    expect(usedShare(make({}), T0 + 50 * 60_000)).toBe(0.5)
    expect(leftMs(make({}), T0 + 110 * 60_000)).toBe(-10 * 60_000)
    expect(leftMs(make({ stage: 'handled', handled_at: at(50) }), T0)).toBeNull()
  })
  it('puts a critical report before a case that is due later', () => {
    expect(urgencyAt(make({ stage: 'reported', priority: 'critical', due_at: null }))).toBeLessThan(urgencyAt(make({})))
  })
})
