import { describe, expect, it } from 'vitest'
import type { CaseView } from '@/api/types'
import { emptyRule, isSilent, isWithin } from './alerts'

const item = { priority: 'general', category: { code: 'E1' }, place: { street: 's1' } } as unknown as CaseView
const at = (hour: number, minute = 0): Date => new Date(2026, 0, 5, hour, minute)

describe('a rule of silence', () => {
  it('fits what it says and anything where it says nothing', () => {
    expect(isSilent([], item, at(9))).toBe(false)
    expect(isSilent([emptyRule()], item, at(9))).toBe(true)
    expect(isSilent([{ ...emptyRule(), priority: 'critical' }], item, at(9))).toBe(false)
    expect(isSilent([{ ...emptyRule(), priority: 'general', street: 's1' }], item, at(9))).toBe(true)
    expect(
      isSilent(
        [
          { ...emptyRule(), category: 'E2' },
          { ...emptyRule(), street: 's1' },
        ],
        item,
        at(9),
      ),
    ).toBe(true)
  })
  it('holds within its hours, also past midnight', () => {
    const day = { ...emptyRule(), from: '09:00', to: '17:30' }
    expect([at(8, 59), at(9), at(17, 29), at(17, 30)].map((time) => isWithin(day, time))).toEqual([
      false,
      true,
      true,
      false,
    ])
    const night = { ...emptyRule(), from: '22:00', to: '06:00' }
    expect([at(21), at(23), at(3), at(6)].map((time) => isWithin(night, time))).toEqual([false, true, true, false])
  })
})
