import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { CaseDetail, CityView } from '@/api/types'
import { useActs } from './acts'
import { useCity } from './city'

const item = (version: number): CaseDetail =>
  ({ id: 'c', number: '1', stage: 'filed', version, allowed_commands: ['undo'] }) as unknown as CaseDetail

describe('what was just done', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
    vi.useFakeTimers({ now: 1_000_000 })
  })
  it.each([30, 300])('may be taken back for as long as the city says: %i s', (seconds) => {
    useCity().city = { flow: { undo_s: seconds, claim_stale_s: 600 } } as CityView
    useActs().done(item(1), 'file', item(2))
    expect(useActs().last?.until).toBe(1_000_000 + seconds * 1000)
  })
})
