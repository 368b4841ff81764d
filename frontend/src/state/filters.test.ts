import { describe, expect, it } from 'vitest'
import type { CaseView } from '@/api/types'
import {
  countFilters,
  inTab,
  makeTest,
  needsServer,
  noFilters,
  readFilters,
  serverQuery,
  writeFilters,
} from './filters'

const read = (query: string): ReturnType<typeof readFilters> => readFilters(new URLSearchParams(query))
const item = {
  stage: 'filed',
  priority: 'urgent',
  feed: 'frigate',
  department: 'd1',
  worker: '',
  category: { code: 'E1' },
  place: { street: 's1', district: 'x', community: 'c' },
  handled_at: null,
  overdue: false,
} as unknown as CaseView
const view = { light: 'red', role: 'dispatcher' } as const

describe('filters in the address', () => {
  it('come back as they were written', () => {
    const query =
      'tab=queued&sort=newest&stage=filed%2Carrived&street=s1&priority=urgent&overdue=true&q=%E5%9E%83%E5%9C%BE&closed_from=2026-01-01T00%3A00%3A00Z'
    expect(writeFilters(read(query)).toString()).toBe(query)
  })
  it('leave an empty address when nothing is set', () => {
    expect(writeFilters(noFilters()).toString()).toBe('')
  })
  it('ignore what they do not know', () => {
    expect(read('tab=nonsense&sort=1&evil=x')).toEqual(noFilters())
  })
  it('read "open" as no filter of stage', () => {
    expect(read('stage=open').stage).toEqual([])
  })
  it('are counted without tab and order', () => {
    expect(countFilters(read('tab=check&sort=newest&street=a,b&overdue=true&on_time=true'))).toBe(3)
  })
})

describe('who answers', () => {
  it.each(['stage=closed', 'closed_from=2026-01-01', 'on_time=false', 'overdue=false', 'number=N1'])(
    'is the server for %s',
    (query) => {
      expect(needsServer(read(query))).toBe(true)
    },
  )
  it.each(['', 'stage=filed', 'street=s1', 'overdue=true', 'q=abc'])('is the live state for "%s"', (query) => {
    expect(needsServer(read(query))).toBe(false)
  })
  it('asks the server in its own words', () => {
    expect(serverQuery(read('tab=check&sort=newest&stage=closed&street=s1'))).toEqual({ stage: 'closed', street: 's1' })
  })
})

describe('the test of a case', () => {
  const passes = (query: string): boolean => makeTest(read(query), () => 'yz001 垃圾桶 overflowing bin')(item, view)
  it('needs every filter to hold, and any value of each', () => {
    expect(passes('street=s1,s2&priority=urgent')).toBe(true)
    expect(passes('street=s1&priority=general')).toBe(false)
  })
  it('finds all words in any order and either language', () => {
    expect(passes('q=BIN 垃圾')).toBe(true)
    expect(passes('q=bin tree')).toBe(false)
  })
  it('puts a filed case in the tabs of those whose turn it is', () => {
    expect(inTab('queued', item, view)).toBe(true)
    expect(inTab('mine', item, view)).toBe(true)
    expect(inTab('mine', item, { ...view, role: 'acceptor' })).toBe(false)
    expect(inTab('overdue', item, view)).toBe(true)
    expect(inTab('check', item, view)).toBe(false)
  })
})
