import { describe, expect, it } from 'vitest'
import type { CaseView } from '@/api/types'
import { NO_WORKFLOW } from '@/api/workflow'
import { groupCases, sortBy } from './arrange'
import {
  countFilters,
  makeTest,
  needsServer,
  noFilters,
  queueQuery,
  readFilters,
  serverQuery,
  writeFilters,
} from './filters'
import { bitOf, countsOf, inQueue, orderedQueues, queueBits, QUEUES } from './queues'

const read = (query: string): ReturnType<typeof readFilters> => readFilters(new URLSearchParams(query))
const item = {
  ...NO_WORKFLOW,
  id: 'c1',
  number: '261124-00042',
  stage: 'filed',
  priority: 'urgent',
  feed: 'frigate',
  department: 'd1',
  worker: '',
  source: 'cam-7',
  text: 'overflowing bin',
  category: { code: 'E1' },
  place: { street: 's1', district: 'x', community: 'c', address: '较场口' },
  handled_at: null,
  overdue: false,
  unanswered: [],
  opened_at: '2026-01-01T00:00:00Z',
  due_at: '2026-01-02T00:00:00Z',
} as unknown as CaseView
const view = { light: 'red', role: 'dispatcher', user: 'ann', department: '' } as const

describe('filters in the address', () => {
  it('come back as they were written', () => {
    const query =
      'queue=dispatch&sort=newest&reverse=true&group=street&layout=table&columns=number%2Cplace&stage=filed%2Carrived&street=s1&priority=urgent&overdue=true&q=%E5%9E%83%E5%9C%BE&person=%E7%8E%8B&closed_from=2026-01-01T00%3A00%3A00Z'
    expect(writeFilters(read(query)).toString()).toBe(query)
  })
  it('leave an empty address when nothing is set', () => {
    expect(writeFilters(noFilters()).toString()).toBe('')
  })
  it('ignore what they do not know', () => {
    expect(read('queue=nonsense&sort=1&group=x&layout=y&columns=evil&evil=x')).toEqual(noFilters())
  })
  it('still open what a bookmark of an older console meant', () => {
    expect(read('tab=person').queue).toBe('accept')
    expect(read('tab=queued').queue).toBe('dispatch')
    expect(read('tab=check').queue).toBe('check')
  })
  it('read "open" as no filter of stage', () => {
    expect(read('stage=open').stage).toEqual([])
  })
  it('are counted without queue, order and looks', () => {
    expect(countFilters(read('queue=check&sort=newest&group=street&street=a,b&overdue=true&on_time=true'))).toBe(3)
  })
})

describe('who answers', () => {
  it.each(['stage=closed', 'stage=merged', 'closed_from=2026-01-01', 'on_time=false', 'overdue=false', 'person=Li'])(
    'is the server for %s',
    (query) => {
      expect(needsServer(read(query))).toBe(true)
    },
  )
  it.each(['', 'stage=filed', 'street=s1', 'overdue=true', 'q=abc'])('is the live state for "%s"', (query) => {
    expect(needsServer(read(query))).toBe(false)
  })
  it('asks the server in its own words', () => {
    expect(serverQuery(read('queue=check&sort=due&group=stage&stage=closed&street=s1'))).toEqual({
      stage: 'closed',
      street: 's1',
      sort: 'due',
    })
    expect(queueQuery(read('queue=check'))).toEqual({ stage: 'handled,checking' })
    expect(queueQuery(read('queue=mine'))).toEqual({ stage: 'open' })
  })
})

describe('the test of a case', () => {
  const passes = (query: string): boolean =>
    makeTest(read(query), ({ text, number }) => `${text}\n${number}\n较场口\nlitter`)({ item, light: 'red' })
  it('needs every filter to hold, and any value of each', () => {
    expect(passes('street=s1,s2&priority=urgent')).toBe(true)
    expect(passes('street=s1&priority=general')).toBe(false)
  })
  it('finds all words in any order', () => {
    expect(passes('q=BIN 00042 较场 litter')).toBe(true)
    expect(passes('q=bin tree')).toBe(false)
  })
})

describe('queues', () => {
  it('put a case where its stage is waited for', () => {
    expect(inQueue('dispatch', item, view)).toBe(true)
    expect(inQueue('overdue', item, view)).toBe(true)
    expect(inQueue('check', item, view)).toBe(false)
    expect(inQueue('requests', { ...item, stage: 'return_requested' }, view)).toBe(true)
    expect(inQueue('open', { ...item, stage: 'merged' }, view)).toBe(false)
  })
  it("are mine by claim, by name, or by who answers for it, and my team's by department or claim", () => {
    expect(inQueue('mine', item, view)).toBe(false)
    expect(inQueue('mine', { ...item, claimed_by: 'ann' }, view)).toBe(true)
    expect(inQueue('mine', { ...item, verifier: 'ann' }, view)).toBe(true)
    expect(inQueue('team', item, { ...view, department: 'd1' })).toBe(true)
    expect(inQueue('team', item, view)).toBe(false)
    expect(inQueue('team', { ...item, claimed_by: 'bob' }, view)).toBe(true)
  })
  it('tell the same as bits', () => {
    const bits = queueBits(item, view)
    for (const queue of QUEUES) expect((bits & bitOf(queue)) !== 0, queue).toBe(inQueue(queue, item, view))
  })
  it("begin with a role's own", () => {
    expect(orderedQueues('acceptor').slice(0, 3)).toEqual(['open', 'accept', 'verify'])
    expect(new Set(orderedQueues('leader'))).toEqual(new Set(QUEUES))
  })
  it('are counted from what the server counts by stage', () => {
    const rows = [
      { stage: 'filed', cases: 3, overdue: 1 },
      { stage: 'accepted', cases: 2, overdue: 2 },
    ]
    expect(countsOf(rows)).toEqual({ open: 5, overdue: 3, dispatch: 3, doing: 2 })
  })
})

describe('order and groups', () => {
  const other = {
    ...item,
    id: 'c2',
    stage: 'accepted',
    number: '261124-00007',
    due_at: null,
    worker: 'w',
    place: { ...item.place, street: 's2' },
  }
  const third = { ...item, id: 'c3', number: '261124-00100', due_at: '2026-01-01T12:00:00Z' }
  const items = [item, other, third] as CaseView[]
  const say = {
    category: () => '',
    street: (code: string) => code,
    department: (id: string) => id,
    worker: (id: string) => id,
  }
  it('sort by what is asked, and turned round', () => {
    expect(sortBy(items, (item) => item, 'due', false, say).map(({ id }) => id)).toEqual(['c3', 'c1', 'c2'])
    expect(sortBy(items, (item) => item, 'number', true, say).map(({ id }) => id)).toEqual(['c3', 'c1', 'c2'])
    expect(sortBy(items, (item) => item, 'stage', false, say).map(({ id }) => id)).toEqual(['c1', 'c3', 'c2'])
  })
  it('group by a code: the largest first, what has none last', () => {
    expect(groupCases(items, 'street').map(({ code, ids }) => [code, ids.length])).toEqual([
      ['s1', 2],
      ['s2', 1],
    ])
    expect(groupCases(items, 'worker').map(({ code }) => code)).toEqual(['w', ''])
  })
})
