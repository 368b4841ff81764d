import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { applyFact, applyFacts, FACT_KINDS, type Model } from './apply'
import type { FactEntry } from './messages'

const names = { category: (code: string) => ({ zh: `类${code}`, en: `cat ${code}` }) }
let seq = 0
const at = (minute: number): string => new Date(Date.UTC(2026, 0, 5, 8, minute)).toISOString()
const fact = (kind: string, data: object, minute = seq): FactEntry =>
  ({ seq: ++seq, at: at(minute), kind, case_id: 'c1', data }) as unknown as FactEntry

const place = { point: [106.5, 29.5], street: '500103001', basis: 'source' }
const opened = (): FactEntry =>
  fact('CaseOpened', {
    number: 'N1',
    category: 'E1',
    priority: 'general',
    severity: 2,
    place,
    feed: 'frigate',
    source_id: 'cam',
    event_id: 'e1',
  })
const filed = (): FactEntry => fact('CaseFiled', { department: 'd1', due_at: at(50), warn_at: at(40), by: 'rule' })
const sent = (worker = 'w1'): FactEntry =>
  fact('TaskDispatched', {
    task_id: `t${seq}`,
    worker,
    department: 'd1',
    by: 'rule',
    attempt: 1,
    case: { number: 'N1', category: 'E1', priority: 'urgent', place, due_at: at(50) },
  })
const step = (kind: string, data: object = {}): FactEntry => fact(kind, { task_id: 't', worker: 'w1', ...data })

function model(): Model {
  const worker = {
    id: 'w1',
    name: { zh: '甲', en: 'A' },
    department: 'd1',
    skills: [],
    areas: [],
    shift: '',
    on_duty: true,
    point: [106.5, 29.5] as [number, number],
    at: null,
    username: '',
    open_tasks: 0,
  }
  return { cases: new Map(), workers: new Map([['w1', worker]]) }
}

describe('the fold of facts', () => {
  it('takes a case from opened to closed and keeps the time of each stage', () => {
    const world = model()
    const story = [
      opened(),
      filed(),
      sent(),
      step('TaskAccepted'),
      step('WorkerDeparted'),
      step('WorkerArrived'),
      step('CaseHandled'),
      fact('CheckPassed', { by: 'u' }),
      fact('CaseClosed', { by: 'rule', on_time: true }),
    ]
    const changes = applyFacts(world, story, names)
    const item = world.cases.get('c1')
    expect(changes.opened).toEqual(['c1'])
    expect(item).toMatchObject({ stage: 'closed', on_time: true, worker: 'w1', version: story.at(-1)?.seq })
    for (const key of [
      'filed_at',
      'dispatched_at',
      'accepted_at',
      'departed_at',
      'arrived_at',
      'handled_at',
      'checked_at',
      'closed_at',
    ] as const)
      expect(item?.[key], key).not.toBeNull()
    expect(world.workers.get('w1')?.open_tasks).toBe(0)
  })

  it('gives a declined case back to the queue without a worker', () => {
    const world = model()
    applyFacts(world, [opened(), filed(), sent(), step('TaskAccepted'), step('TaskDeclined', { reason: 'far' })], names)
    expect(world.cases.get('c1')).toMatchObject({
      stage: 'filed',
      worker: '',
      task_id: '',
      dispatched_at: null,
      accepted_at: null,
    })
  })

  it('starts the task anew on rework and counts it', () => {
    const world = model()
    applyFacts(
      world,
      [
        opened(),
        filed(),
        sent(),
        step('TaskAccepted'),
        step('WorkerArrived'),
        step('CaseHandled'),
        step('CaseReworked', { by: 'u', reason: 'no' }),
      ],
      names,
    )
    expect(world.cases.get('c1')).toMatchObject({
      stage: 'rework',
      reworks: 1,
      handled_at: null,
      accepted_at: null,
    })
    expect(world.workers.get('w1')?.open_tasks).toBe(1)
  })

  it('changes nothing when a fact is told twice', () => {
    const first = opened()
    const before = applyFact(undefined, first, names)
    const remind = fact('CaseReminded', { by: 'u' })
    const once = applyFact(before ?? undefined, remind, names)
    expect(applyFact(once ?? undefined, remind, names)).toBe(once)
    expect(once?.reminders).toBe(1)
  })

  it('begins a case from a task, for a worker who sees nothing before it', () => {
    const item = applyFact(undefined, sent(), names)
    expect(item).toMatchObject({ number: 'N1', stage: 'dispatched', priority: 'urgent', due_at: at(50) })
    expect(item?.place.lon).toBe(106.5)
  })

  it('knows nothing of a case whose beginning it has not seen', () => {
    expect(applyFact(undefined, filed(), names)).toBeNull()
  })

  it('attaches events, keeps pictures once, and follows the episode to its end', () => {
    const world = model()
    const more = { event_id: 'e2', feed: 'frigate', source_id: 'cam', severity: 2, media: ['m1'] }
    applyFacts(
      world,
      [
        opened(),
        fact('EventAttached', { ...more, phase: 'update', observed_at: at(57) }),
        fact('EventAttached', { ...more, phase: 'close', observed_at: at(58) }),
        fact('EventAttached', { ...more, phase: 'sync', observed_at: at(3) }),
      ],
      names,
    )
    expect(world.cases.get('c1')).toMatchObject({ events: 4, media: ['m1'], cleared: true, last_event_at: at(58) })
  })

  it('is no longer overdue when a change of category brings a later limit', () => {
    const world = model()
    applyFacts(
      world,
      [
        opened(),
        filed(),
        fact('CaseOverdue', { due_at: at(50) }, 51),
        fact('CaseReclassified', { category: 'E2', priority: 'general', by: 'u', due_at: at(59), warn_at: at(58) }, 52),
      ],
      names,
    )
    expect(world.cases.get('c1')).toMatchObject({ overdue: false, due_at: at(59), category: { code: 'E2' } })
  })

  it('never changes a value that it was given', () => {
    const before = applyFact(undefined, opened(), names)
    const frozen = Object.freeze({ ...before })
    expect(() => applyFact(frozen as never, filed(), names)).not.toThrow()
    expect(frozen.stage).toBe('reported')
  })

  it('signs workers on and off', () => {
    const world = model()
    const off = { seq: ++seq, at: at(0), kind: 'WorkerSignedOff', case_id: '', data: { worker: 'w1' } } as FactEntry
    expect(applyFacts(world, [off], names).workers).toEqual(new Set(['w1']))
    expect(world.workers.get('w1')?.on_duty).toBe(false)
  })
})

describe('the side-stages', () => {
  /** The case after its task was accepted and these facts, each made in its turn. */
  const until = (...facts: (() => FactEntry)[]) => {
    const world = model()
    applyFacts(world, [opened(), filed(), sent(), step('TaskAccepted')], names)
    for (const make of facts) applyFacts(world, [make()], names)
    return world.cases.get('c1')
  }
  it('hold a request beside the task, and go back to where it stood', () => {
    const asked = () => fact('ExtensionRequested', { by: 'w', worker: 'w1', reason: 'rain', amount: 2 })
    expect(until(asked)).toMatchObject({ stage: 'extension_requested', held: 'accepted', request: { amount: 2 } })
    const granted = () => fact('ExtensionGranted', { by: 'u', amount: 2, due_at: at(59), warn_at: at(58) })
    expect(until(asked, granted)).toMatchObject({ stage: 'accepted', request: null, extensions: 1, due_at: at(59) })
    expect(until(asked, () => fact('RequestRefused', { kind: 'extension', by: 'u' }))).toMatchObject({
      stage: 'accepted',
    })
  })
  it('let a worker arrive while he waits for an answer', () => {
    const asked = () => fact('ExtensionRequested', { by: 'w', worker: 'w1', reason: 'rain', amount: 2 })
    expect(until(asked, () => step('WorkerArrived'))).toMatchObject({ stage: 'extension_requested', held: 'arrived' })
  })
  it('stop the clock while suspended, and let it run again', () => {
    const suspended = () => fact('CaseSuspended', { by: 'u', reason: 'r', review_at: at(55) }, 30)
    expect(until(suspended)).toMatchObject({
      stage: 'suspended',
      held: 'accepted',
      stopped: [{ from: at(30), to: null }],
    })
    const resumed = () => fact('CaseResumed', { by: 'u', due_at: at(57), warn_at: at(56) }, 35)
    expect(until(suspended, resumed)).toMatchObject({
      stage: 'accepted',
      due_at: at(57),
      stopped: [{ from: at(30), to: at(35), why: 'suspended' }],
    })
  })
  it('keep who goes along, with his own times', () => {
    const along = () =>
      fact('AssistSent', {
        task_id: 't9',
        worker: 'w2',
        department: 'd1',
        by: 'u',
        case: { number: 'N1', category: 'E1', priority: 'urgent', place, due_at: at(50) },
      })
    const arrived = () => fact('AssistMoved', { task_id: 't9', worker: 'w2', step: 'arrive' }, 44)
    expect(until(along, arrived)?.assists).toEqual([expect.objectContaining({ worker: 'w2', arrived_at: at(44) })])
  })
  it('are ended by a merge, a refusal to file and a forced closing, each in its own stage', () => {
    const ends = (kind: string, data: object): string | undefined => {
      const world = model()
      applyFacts(world, [opened(), fact(kind, { by: 'u', reason: 'r', ...data })], names)
      return world.cases.get('c1')?.stage
    }
    expect(ends('CaseMerged', { into: 'c2', number: 'N2' })).toBe('merged')
    expect(ends('CaseDeclined', {})).toBe('not_filed')
    expect(ends('CaseForceClosed', {})).toBe('forced_closed')
  })
  it('are taken back by an undo, but not what the sources have said since', () => {
    const world = model()
    applyFacts(world, [opened(), filed()], names)
    const before = { stage: 'reported', category: 'E1', priority: 'general', place, text: 'x', version: 1 }
    const more = {
      event_id: 'e2',
      feed: 'frigate',
      source_id: 'cam',
      severity: 2,
      phase: 'update',
      observed_at: at(57),
    }
    applyFacts(
      world,
      [fact('EventAttached', more), fact('MoveUndone', { by: 'u', undoes: 2, what: 'file', before })],
      names,
    )
    expect(world.cases.get('c1')).toMatchObject({
      stage: 'reported',
      number: 'N1',
      due_at: null,
      filed_at: null,
      events: 2,
    })
  })
  it('say who claims a case, and since when a stage holds', () => {
    const claimed = until(() => fact('CaseClaimed', { by: 'ann' }, 40))
    expect(claimed).toMatchObject({ claimed_by: 'ann', claimed_at: at(40) })
    expect(until(() => step('WorkerArrived', { stage_due_at: at(58) }))).toMatchObject({ stage_due_at: at(58) })
  })
})
it('knows every kind of fact that the server writes', () => {
  const page = readFileSync('../docs/generated/facts.md', 'utf-8')
  const kinds = [...page.matchAll(/^## (\w+)$/gm)].map((match) => match[1])
  expect(kinds.length).toBeGreaterThan(20)
  expect(kinds.filter((kind) => !FACT_KINDS.includes(kind ?? ''))).toEqual([])
})
