import { beforeEach, describe, expect, it } from 'vitest'
import type { CaseView, Stage } from '@/api/types'
import { NO_WORKFLOW } from '@/api/workflow'
import { Judgement, type Eye, type Test } from './judged'
import { bitOf, QUEUES } from './queues'

const NOW = Date.parse('2026-01-01T12:00:00Z')
const LATER = Date.parse('2026-01-03T12:00:00Z')
const EYE: Eye = { role: 'dispatcher', user: 'ann', department: '' }
const OPEN = bitOf('open')
const all: Test = () => true
const ofStreet =
  (street: string): Test =>
  ({ item }) =>
    item.place.street === street

const make = (id: string, stage: Stage, street = 's1'): CaseView =>
  ({
    ...NO_WORKFLOW,
    id,
    stage,
    priority: 'general',
    place: { street },
    on_time: null,
    handled_at: null,
    overdue: false,
    unanswered: [],
    opened_at: '2026-01-01T00:00:00Z',
    filed_at: '2026-01-01T00:00:00Z',
    due_at: '2026-01-02T00:00:00Z',
    warn_at: '2026-01-01T20:00:00Z',
  }) as unknown as CaseView

describe('the judgement of the cases', () => {
  let cases: Map<string, CaseView>
  let judgement: Judgement
  const ids = (queues = OPEN): string[] => Array.from(judgement.each(queues), ({ item }) => item.id)
  const count = (queue: (typeof QUEUES)[number]): number | undefined => judgement.counts()[QUEUES.indexOf(queue)]
  const put = (...items: CaseView[]): void => items.forEach((item) => cases.set(item.id, item))

  beforeEach(() => {
    cases = new Map()
    judgement = new Judgement(cases, all)
    put(make('a', 'filed'), make('b', 'checked', 's2'), make('c', 'closed'), make('d', 'filed', 's2'))
    judgement.lookAtAll(all, NOW, EYE)
  })

  it('counts each queue of those that pass, and the open ones whatever passes', () => {
    expect([count('open'), count('dispatch'), count('close'), judgement.open]).toEqual([3, 2, 1, 3])
    judgement.narrow(ofStreet('s2'))
    expect([count('open'), count('dispatch'), count('close'), judgement.open]).toEqual([2, 1, 1, 3])
    judgement.narrow(all)
    expect([count('open'), count('dispatch'), count('close'), judgement.open]).toEqual([3, 2, 1, 3])
  })

  it('finds a case only in its queues, and only if it passes', () => {
    expect(judgement.find('a', bitOf('dispatch'))?.item.id).toBe('a')
    expect(judgement.find('a', bitOf('close'))).toBeUndefined()
    judgement.narrow(ofStreet('s2'))
    expect(judgement.find('a', OPEN)).toBeUndefined()
  })

  it('takes in what is new, lets go what is gone, and leaves the others their places', () => {
    put(make('e', 'reported'), make('a', 'checked'))
    cases.delete('b')
    judgement.look(['e', 'a', 'b'], NOW, EYE)
    expect(ids()).toEqual(['a', 'd', 'e'])
    expect([count('open'), count('dispatch'), count('close'), count('accept'), judgement.open]).toEqual([3, 1, 1, 1, 3])
  })

  it('lets a case come and go by the filter as it changes', () => {
    judgement.narrow(ofStreet('s2'))
    put(make('a', 'filed', 's2'), make('d', 'filed', 's1'))
    judgement.look(['a', 'd'], NOW, EYE)
    expect(new Set(ids())).toEqual(new Set(['a', 'b']))
    expect([count('dispatch'), judgement.open]).toEqual([1, 3])
  })

  it('sees what time alone has turned', () => {
    const a = make('a', 'filed')
    expect(judgement.hasTurned(a, NOW)).toBe(false)
    expect(judgement.hasTurned(a, LATER)).toBe(true)
    judgement.look(['a'], LATER, EYE)
    expect(judgement.hasTurned(a, LATER)).toBe(false)
    expect(judgement.find('a', bitOf('overdue'))?.light).toBe('red')
  })

  it('asks for the words of a case once, and anew when it has changed', () => {
    const asked: string[] = []
    const wordsOf = ({ id, stage }: CaseView): string => (asked.push(id), stage)
    judgement.prepare('a', wordsOf)
    judgement.prepare('a', wordsOf)
    put(make('a', 'checked'))
    judgement.look(['a'], NOW, EYE)
    judgement.prepare('a', wordsOf)
    expect(asked).toEqual(['a', 'a'])
    expect(judgement.find('a', OPEN)?.words).toBe('checked')
  })

  it('stands after any course of events as if it had just been made', () => {
    const stages: Stage[] = ['reported', 'filed', 'dispatched', 'handled', 'checked', 'closed', 'suspended']
    let seed = 7
    const random = (n: number): number => (seed = (seed * 48271) % 2147483647) % n
    for (let step = 0; step < 2_000; step += 1) {
      const id = `c${random(40)}`
      if (random(6) === 0) judgement.narrow(random(2) ? all : ofStreet(`s${random(3)}`))
      if (random(5) === 0) cases.delete(id)
      else put(make(id, stages[random(stages.length)] as Stage, `s${random(3)}`))
      judgement.look([id], random(2) ? NOW : LATER, EYE)
    }
    judgement.narrow(ofStreet('s1'))
    judgement.look(cases.keys(), NOW, EYE)
    const anew = new Judgement(cases, all)
    anew.lookAtAll(ofStreet('s1'), NOW, EYE)
    expect(judgement.counts()).toEqual(anew.counts())
    expect(judgement.open).toBe(anew.open)
    expect(new Set(ids())).toEqual(new Set(Array.from(anew.each(OPEN), ({ item }) => item.id)))
  })
})
