import { createPinia, setActivePinia } from 'pinia'
import { describe, expect, it } from 'vitest'
import { ApiProblem, Unreachable } from '@/api/client'
import type { CaseView, Stage } from '@/api/types'
import type { Fix } from '@/device/where'
import type { FactEntry } from '@/live/messages'
import { dayOf, dayStart, noonOf } from './pages/day'
import { alertOf } from './state/alerts'
import { messageOf } from './state/details'
import { bodyOf, chainOf, isWorthKeeping, judge, nextOp, type Op, pagesOf, pauseMs, worn } from './state/queue'
import { readRoute } from './state/route'
import { ahead, isHelping, isMine, isSoAlready, nextStep, shortcut, sidesOf } from './state/steps'
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
  const W = 'W1'
  it('changes with the stage', () => {
    expect(nextStep(task(), W)).toBe('accept')
    expect(nextStep(task({ stage: 'rework' as Stage }), W)).toBe('accept')
    expect(nextStep(task({ stage: 'accepted' }), W)).toBe('depart')
    expect(nextStep(task({ stage: 'accepted', departed_at: '2026-01-01T00:00:00Z' }), W)).toBe('arrive')
    expect(nextStep(task({ stage: 'arrived' }), W)).toBe('report_handled')
    expect(nextStep(task({ stage: 'handled' }), W)).toBeNull()
    expect(nextStep(task(), 'W2')).toBeNull()
  })
  it('lets who is there already skip setting off, and nobody else', () => {
    expect(shortcut(task({ stage: 'accepted' }), W)).toBe('arrive')
    expect(shortcut(task(), W)).toBeNull()
  })
  it('goes on while nothing can be sent', () => {
    const at = '2026-01-01T00:00:00Z'
    const asked = (['accept', 'depart', 'arrive', 'report_handled'] as const).map((command) => ({
      caseId: 'c1',
      command,
      at,
    }))
    expect(nextStep(ahead(task(), asked.slice(0, 1), W), W)).toBe('depart')
    expect(nextStep(ahead(task(), asked.slice(0, 3), W), W)).toBe('report_handled')
    expect(isMine(ahead(task(), asked, W), W)).toBe(false)
    expect(ahead(task(), [{ caseId: 'other', command: 'accept', at }], W).stage).toBe('dispatched')
  })
  it('waits while the desk is asked, and goes on with a request for more time', () => {
    expect(nextStep(task({ stage: 'return_requested' as Stage }), W)).toBeNull()
    const held = { held: 'arrived' } as unknown as Partial<CaseView>
    expect(nextStep(task({ stage: 'extension_requested' as Stage, ...held }), W)).toBe('report_handled')
    expect(nextStep(task({ stage: 'suspension_requested' as Stage, ...held }), W)).toBeNull()
  })
  it('leads one who helps through his own times, up to his leaving', () => {
    const at = '2026-01-01T00:00:00Z'
    const helped = task({ worker: 'W2', stage: 'accepted', ...({ assists: [{ worker: W, task_id: 't' }] } as object) })
    expect(isHelping(helped, W)).toBe(true)
    const steps = ['accept', 'depart', 'arrive', 'leave']
    for (const [index, command] of steps.entries()) {
      const done = steps.slice(0, index).map((each) => ({ caseId: 'c1', command: each, at }))
      expect(nextStep(ahead(helped, done, W), W)).toBe(command)
    }
    const gone = ahead(
      helped,
      steps.map((command) => ({ caseId: 'c1', command, at })),
      W,
    )
    expect(isMine(gone, W)).toBe(false)
    expect(gone.stage).toBe('accepted')
  })
})

describe('what else may be asked for', () => {
  it('is what the server allows, as far as it fits after what waits', () => {
    const allowed = ['request_extension', 'return', 'hand_over', 'withdraw_request', 'check']
    expect(sidesOf(task({ stage: 'accepted' }), allowed)).toEqual(['request_extension', 'return', 'hand_over'])
    expect(sidesOf(task(), allowed)).toEqual(['request_extension', 'return'])
    expect(sidesOf(task({ stage: 'accepted' }), [])).toEqual([])
    const asked = ahead(task({ stage: 'accepted' }), [{ caseId: 'c1', command: 'return', at: '' }], 'W1')
    expect(sidesOf(asked, allowed)).toEqual(['withdraw_request'])
    const back = ahead(asked, [{ caseId: 'c1', command: 'withdraw_request', at: '' }], 'W1')
    expect(back.stage).toBe('accepted')
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
    expect(judge(problem(409, '/problems/illegal-move'))).toBe('lost')
    expect(judge(problem(412))).toBe('lost')
    expect(judge(problem(404))).toBe('lost')
    expect(judge(problem(422))).toBe('failed')
    expect(judge(new Error('bug'))).toBe('failed')
  })
  it('lets a message go although a step of its case has failed', () => {
    expect(nextOp([op('1', { state: 'failed' }), op('2', { command: 'note' })])?.key).toBe('2')
    expect(nextOp([op('1', { state: 'failed', command: 'note' }), op('2')])?.key).toBe('2')
  })
  it('says when it was done, by the clock of the server', () => {
    const atMs = Date.parse('2026-01-01T10:00:00Z')
    const photos: Op['photos'] = [
      { key: 'a', blob: null, id: 'm1' },
      { key: 'b', blob: null, id: 'm2', field: 'before' },
      { key: 'c', blob: null, id: '' },
    ]
    const done = op('1', { command: 'report_handled', data: { note: 'x' }, photos, atMs })
    expect(bodyOf(done, 60_000, atMs + 1_000)).toEqual({
      note: 'x',
      media: ['m1'],
      before: ['m2'],
      happened_at: '2026-01-01T10:01:00.000Z',
    })
    expect(bodyOf(done, null, atMs)['happened_at']).toBeUndefined()
    expect(bodyOf(done, 0, atMs + 73 * 3_600_000)['happened_at']).toBeUndefined()
    expect(bodyOf(done, 0, atMs - 1)['happened_at']).toBeUndefined()
    expect(bodyOf({ ...done, command: 'note' }, 0, atMs)['happened_at']).toBeUndefined()
  })
  it('takes along what was built upon a step that could not be done', () => {
    const ops = [op('1'), op('2', { command: 'note' }), op('3', { data: { note: 'done' } }), op('4', { caseId: 'c2' })]
    const chain = chainOf(ops, ops[0] as Op)
    expect(chain.map(({ key }) => key)).toEqual(['1', '3'])
    expect(chain.some(isWorthKeeping)).toBe(true)
    expect(isWorthKeeping(op('1'))).toBe(false)
    expect(isWorthKeeping(op('1', { command: 'report_handled' }))).toBe(true)
  })
  it('parts more pictures than one note carries', () => {
    expect(pagesOf([1, 2, 3], 2)).toEqual([[1, 2], [3]])
    expect(pagesOf([], 2)).toEqual([[]])
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
    expect(alertOf(fact('NoteAdded', { by: 'dispatcher', note: 'x' }), 'W1', 'worker1')).toBe('note')
    expect(alertOf(fact('RequestRefused', { by: 'leader' }), 'W1', 'worker1')).toBe('answered')
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
  expect(dayOf(Date.parse('2026-11-23T20:00:00Z'), 'Asia/Shanghai')).toBe('2026-11-24')
  expect(noonOf('2026-11-24', 'Asia/Shanghai')).toBe('2026-11-24T04:00:00.000Z')
  expect(noonOf('2026-07-01', 'America/New_York')).toBe('2026-07-01T16:00:00.000Z')
})

it('reads the journal as a conversation', () => {
  const fact = (kind: string, data: object) => ({ seq: 7, at: 'T', case_id: 'c1', kind, data }) as never
  expect(messageOf(fact('NoteAdded', { by: 'wang', note: 'on my way', media: ['rec-1'] }))).toEqual({
    seq: 7,
    at: 'T',
    kind: 'NoteAdded',
    by: 'wang',
    name: null,
    text: 'on my way',
    media: ['rec-1'],
  })
  expect(messageOf(fact('CaseReminded', { by: 'desk' }))).toBeNull()
  expect(messageOf(fact('CaseHandled', { worker: 'W1', before: ['a'], media: ['b'] }))?.media).toEqual(['a', 'b'])
  expect(messageOf(fact('TaskAccepted', { worker: 'W1' }))).toBeNull()
})

it('reads its page from the address', () => {
  expect(readRoute('#/task/a%2Fb')).toEqual({ page: 'task', id: 'a/b' })
  expect(readRoute('#/outbox')).toEqual({ page: 'outbox' })
  expect(readRoute('')).toEqual({ page: 'tasks' })
})
