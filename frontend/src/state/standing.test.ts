import { describe, expect, it } from 'vitest'
import type { CaseView, Stage } from '@/api/types'
import { NO_WORKFLOW } from '@/api/workflow'
import { numberBy, type Sayings, type Sort, SORTS } from './arrange'
import { type Eye, Judgement, type Test } from './judged'
import { bitOf } from './queues'
import { Standing } from './standing'

const NOW = Date.parse('2026-01-01T12:00:00Z')
const EYE: Eye = { role: 'dispatcher', user: 'ann', department: '' }
const SAY: Sayings = { category: ({ id }) => id, street: (it) => it, department: (it) => it, worker: (it) => it }
const OPEN = bitOf('open')
const STAGES: Stage[] = ['reported', 'filed', 'dispatched', 'handled', 'checked', 'closed', 'suspended']
const all: Test = () => true
const some: Test = ({ item }) => item.place.street === 's1'

let seed = 7
const random = (n: number): number => (seed = (seed * 48271) % 2147483647) % n
const make = (id: string): CaseView =>
  ({
    ...NO_WORKFLOW,
    id,
    number: id,
    stage: STAGES[random(STAGES.length)],
    priority: ['general', 'urgent', 'critical'][random(3)],
    place: { street: `s${random(3)}` },
    department: `d${random(2)}`,
    category: { code: `e${random(5)}` },
    worker: '',
    on_time: null,
    handled_at: null,
    overdue: false,
    unanswered: [],
    opened_at: new Date(NOW - random(50) * 60_000).toISOString(),
    filed_at: '2026-01-01T00:00:00Z',
    due_at: random(4) ? new Date(NOW + random(50) * 60_000).toISOString() : null,
    warn_at: null,
  }) as unknown as CaseView

describe('the order in which the list stands', () => {
  it.each(SORTS)('is, by %s, after any course of events that of all who are in it', (sort: Sort) => {
    const cases = new Map<string, CaseView>()
    const judgement = new Judgement(cases, all)
    const standing = new Standing(judgement)
    for (let n = 0; n < 300; n += 1) cases.set(`c${n}`, make(`c${n}`))
    judgement.lookAtAll(all, NOW, EYE)
    for (let step = 0; step < 400; step += 1) {
      const id = `c${random(330)}`
      if (random(4)) cases.set(id, make(id))
      else cases.delete(id)
      judgement.look([id], NOW, EYE)
      if (!random(9)) judgement.narrow(random(2) ? all : some)
      if (!random(90)) judgement.lookAtAll(all, NOW, EYE)
      if (random(3)) continue
      const [queues, reverse] = [random(4) ? OPEN : bitOf('dispatch'), random(5) === 0]
      const rows = standing.arrange(queues, random(6) ? sort : 'newest', reverse, SAY)
      expect(new Set(rows)).toEqual(new Set(judgement.each(queues)))
      expect(rows.length).toBe(judgement.countIn(queues))
    }
    judgement.narrow(all)
    const rows = standing.arrange(OPEN, sort, false, SAY)
    const anew = new Judgement(cases, all)
    anew.lookAtAll(all, NOW, EYE)
    const rowsAnew = new Standing(anew).arrange(OPEN, sort, false, SAY)
    const idsOf = (of: typeof rows): Set<string> => new Set(of.map(({ id }) => id))
    expect(idsOf(rows)).toEqual(idsOf(rowsAnew))
    const key = numberBy(sort)
    if (key) expect(rows.map(({ item }) => key(item))).toEqual(rowsAnew.map(({ item }) => key(item)))
  })

  it('keeps the places of those that nothing has happened to, and holds nothing of those that have gone', () => {
    const cases = new Map<string, CaseView>()
    const same = make('c0')
    const judgement = new Judgement(cases, all)
    const standing = new Standing(judgement)
    for (let n = 0; n < 100; n += 1) cases.set(`c${n}`, { ...same, id: `c${n}`, stage: 'filed' })
    judgement.lookAtAll(all, NOW, EYE)
    const before = standing.arrange(OPEN, 'urgency', false, SAY).map(({ id }) => id)
    cases.set('c5', { ...same, id: 'c5', stage: 'filed' })
    cases.delete('c7')
    judgement.look(['c5', 'c7'], NOW, EYE)
    const after = standing.arrange(OPEN, 'urgency', false, SAY).map(({ id }) => id)
    const others = (ids: string[]): string[] => ids.filter((id) => id !== 'c5' && id !== 'c7')
    expect(others(after)).toEqual(others(before))
    expect(after).toHaveLength(99)
    expect(judgement.loose.map(({ id }) => id)).toEqual(['c5'])
  })
})
