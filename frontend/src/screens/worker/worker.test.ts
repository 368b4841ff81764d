import { createPinia, setActivePinia } from 'pinia'
import { describe, expect, it } from 'vitest'
import { ApiProblem, Unreachable } from '@/api/client'
import type { CaseView } from '@/api/types'
import type { Fix } from '@/device/where'
import type { FactEntry } from '@/live/messages'
import { dayStart } from './pages/day'
import { alertOf } from './state/alerts'
import { judge, nextOp, type Op, pauseMs, worn } from './state/queue'
import { readRoute } from './state/route'
import { ahead, isMine, isSoAlready, nextStep, shortcut } from './state/steps'
import { worthTelling } from './state/tell'
import { mapAppUrl } from './task/mapApp'

setActivePinia(createPinia())

const task = (change: Partial<CaseView> = {}): CaseView =>
  ({ id: 'c1', worker: 'W1', stage: 'dispatched', departed_at: null, ...change }) as CaseView
const op = (key: string, change: Partial<Op> = {}): Op => ({
  key,
  caseId: 'c1',
  number: '1',
  title: { zh: '垃圾', en: 'Litter' },
  command: 'accept',
  data: {},
  photos: [],
  at: `2026-01-01T00:00:0${key}Z`,
  state: 'waiting',
  tries: 0,
  problem: '',
  sentAt: '',
  ...change,
})
const problem = (status: number, type = 'about:blank'): ApiProblem => new ApiProblem({ type, title: 'x', status })

describe('the one large button', () => {
  it('changes with the stage', () => {
    expect(nextStep(task())).toBe('accept')
    expect(nextStep(task({ stage: 'accepted' }))).toBe('depart')
    expect(nextStep(task({ stage: 'accepted', departed_at: '2026-01-01T00:00:00Z' }))).toBe('arrive')
    expect(nextStep(task({ stage: 'arrived' }))).toBe('report_handled')
    expect(nextStep(task({ stage: 'handled' }))).toBeNull()
  })
  it('lets who is there already skip setting off, and nobody else', () => {
    expect(shortcut(task({ stage: 'accepted' }))).toBe('arrive')
    expect(shortcut(task())).toBeNull()
  })
  it('goes on while nothing can be sent', () => {
    const at = '2026-01-01T00:00:00Z'
    const asked = (['accept', 'depart', 'arrive', 'report_handled'] as const).map((command) => ({
      caseId: 'c1',
      command,
      at,
    }))
    expect(nextStep(ahead(task(), asked.slice(0, 1)))).toBe('depart')
    expect(nextStep(ahead(task(), asked.slice(0, 3)))).toBe('report_handled')
    expect(isMine(ahead(task(), asked), 'W1')).toBe(false)
    expect(ahead(task(), [{ caseId: 'other', command: 'accept', at }]).stage).toBe('dispatched')
  })
})

describe('what waits to be sent', () => {
  it('goes in the order in which it was asked', () => {
    expect(nextOp([op('2'), op('1')])?.key).toBe('1')
    expect(nextOp([op('1', { state: 'sent' }), op('2')])?.key).toBe('2')
    expect(nextOp([])).toBeNull()
  })
  it('stops behind a failure of the same case, not of others', () => {
    const ops = [op('1', { state: 'failed' }), op('2'), op('3', { caseId: 'c2' })]
    expect(nextOp(ops)?.key).toBe('3')
  })
  it('tells a lost line from a last word', () => {
    expect(judge(new Unreachable(null))).toBe('later')
    expect(judge(problem(503))).toBe('later')
    expect(judge(problem(429))).toBe('later')
    expect(judge(problem(409, '/problems/request-in-progress'))).toBe('later')
    expect(judge(problem(401))).toBe('login')
    expect(judge(problem(409, '/problems/illegal-move'))).toBe('failed')
    expect(judge(problem(422))).toBe('failed')
    expect(judge(new Error('bug'))).toBe('failed')
  })
  it('waits longer each time, and never longer than half a minute', () => {
    expect(pauseMs(0)).toBe(2_000)
    expect(pauseMs(1)).toBe(4_000)
    expect(pauseMs(99)).toBe(30_000)
  })
  it('forgets what was sent long ago', () => {
    const now = Date.parse('2026-01-02T00:00:00Z')
    const old = op('1', { state: 'sent', sentAt: '2026-01-01T00:00:00Z' })
    const young = op('2', { state: 'sent', sentAt: '2026-01-01T23:59:00Z' })
    expect(worn([old, young, op('3')], now)).toEqual([old])
  })
  it('knows what has come about already', () => {
    expect(isSoAlready('accept', task({ stage: 'arrived' }), 'W1')).toBe(true)
    expect(isSoAlready('accept', task({ stage: 'arrived', worker: 'W2' }), 'W1')).toBe(false)
    expect(isSoAlready('depart', task({ stage: 'accepted' }), 'W1')).toBe(false)
    expect(isSoAlready('decline', task({ worker: 'W2' }), 'W1')).toBe(true)
    expect(isSoAlready('report_handled', task({ stage: 'void' }), 'W1')).toBe(false)
  })
})

describe('alerts', () => {
  const fact = (kind: string, data: object): FactEntry =>
    ({ seq: 1, at: '', case_id: 'c1', kind, data }) as unknown as FactEntry
  it('tell a task that is mine and one that is taken from me', () => {
    expect(alertOf(fact('TaskDispatched', { worker: 'W1', by: 'rule' }), 'W1', 'worker1')).toBe('new')
    expect(alertOf(fact('TaskDispatched', { worker: 'W2', by: 'rule' }), 'W1', 'worker1')).toBeNull()
    expect(alertOf(fact('TaskWithdrawn', { worker: 'W1', by: 'dispatcher' }), 'W1', 'worker1')).toBe('withdrawn')
  })
  it('are silent about what I did myself', () => {
    expect(alertOf(fact('CaseReminded', { by: 'worker1' }), 'W1', 'worker1')).toBeNull()
    expect(alertOf(fact('TaskAccepted', { worker: 'W1' }), 'W1', 'worker1')).toBeNull()
  })
})

it('tells the position when it has moved, and now and then when it has not', () => {
  const fix = (atMs: number, lon: number): Fix => ({ point: [lon, 29.5], accuracyM: 5, headingDeg: null, atMs })
  const told = fix(0, 106.5)
  expect(worthTelling(null, told)).toBe(true)
  expect(worthTelling(told, fix(1_000, 106.6))).toBe(false)
  expect(worthTelling(told, fix(10_000, 106.5))).toBe(false)
  expect(worthTelling(told, fix(10_000, 106.501))).toBe(true)
  expect(worthTelling(told, fix(60_000, 106.5))).toBe(true)
})

it("opens the phone's own map", () => {
  expect(mapAppUrl([106.5, 29.5], '垃圾', 'Android')).toBe(`geo:29.5,106.5?q=29.5,106.5(${encodeURIComponent('垃圾')})`)
  expect(mapAppUrl([106.5, 29.5], 'x', 'iPhone')).toBe('maps://?daddr=29.5,106.5')
})

it("begins the day at the city's own midnight", () => {
  expect(dayStart(Date.parse('2026-11-23T10:30:15.5Z'), 'Asia/Shanghai')).toBe('2026-11-22T16:00:00.000Z')
  expect(dayStart(Date.parse('2026-11-23T10:30:15Z'), 'UTC')).toBe('2026-11-23T00:00:00.000Z')
})

it('reads its page from the address', () => {
  expect(readRoute('#/task/a%2Fb')).toEqual({ page: 'task', id: 'a/b' })
  expect(readRoute('#/outbox')).toEqual({ page: 'outbox' })
  expect(readRoute('')).toEqual({ page: 'tasks' })
})
