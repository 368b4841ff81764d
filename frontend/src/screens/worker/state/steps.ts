/** What comes next for a task, and what the commands that still wait on this phone will make of it. Pure. */
import type { CaseView } from '@/api/types'
import { type Assist, findAssist, heldOf, withAssist } from './casefile'

const REQUESTED: ReadonlySet<string> = new Set(['return_requested', 'extension_requested', 'suspension_requested'])
const SENT: ReadonlySet<string> = new Set(['dispatched', 'rework'])
/** Stages in which a task is mine to work on. */
const MINE: ReadonlySet<string> = new Set([...SENT, 'accepted', 'arrived', ...REQUESTED])

export type StepCommand = 'accept' | 'depart' | 'arrive' | 'report_handled' | 'leave'
export const SIDES = [
  'request_extension',
  'request_suspension',
  'return',
  'withdraw_request',
  'hand_over',
  'decline',
] as const
export type SideCommand = (typeof SIDES)[number]
export type WorkerCommand = StepCommand | SideCommand | 'note'

/** One thing asked for on this phone: as much of it as the task's looks depend on. */
export interface Asked {
  caseId: string
  command: string
  at: string
}

const mainOf = (item: CaseView, worker: string): boolean => item.worker === worker && MINE.has(item.stage)
const helpOf = (item: CaseView, worker: string): Assist | undefined =>
  MINE.has(item.stage) ? findAssist(item, worker) : undefined

export const isHelping = (item: CaseView, worker: string): boolean =>
  !mainOf(item, worker) && helpOf(item, worker) !== undefined
export const isMine = (item: CaseView, worker: string): boolean =>
  mainOf(item, worker) || helpOf(item, worker) !== undefined
export const isAsking = (item: CaseView): boolean => REQUESTED.has(item.stage)
/** Whether the task waits for its worker's yes or no. */
export const isNew = (item: CaseView, worker: string): boolean => nextStep(item, worker) === 'accept'

/** The one large button: what the worker does next; null where nothing is left to do. */
export function nextStep(item: CaseView, worker: string): StepCommand | null {
  const help = helpOf(item, worker)
  if (!mainOf(item, worker)) return help ? nextOfHelp(help) : null
  const stage: string = item.stage
  if (SENT.has(stage)) return 'accept'
  if (stage === 'accepted') return item.departed_at ? 'arrive' : 'depart'
  const onSite = stage === 'arrived' || (stage === 'extension_requested' && heldOf(item) === 'arrived')
  return onSite ? 'report_handled' : null
}
function nextOfHelp(help: Assist): StepCommand {
  if (!help.accepted_at) return 'accept'
  if (help.arrived_at) return 'leave'
  return help.departed_at ? 'arrive' : 'depart'
}

/** What a worker may leave out: who is already there need not set off first. */
export const shortcut = (item: CaseView, worker: string): StepCommand | null =>
  nextStep(item, worker) === 'depart' ? 'arrive' : null

const IN_HAND = [...SENT, 'accepted', 'arrived']
const SIDE_STAGES: Record<SideCommand, ReadonlySet<string>> = {
  request_extension: new Set(IN_HAND),
  request_suspension: new Set(IN_HAND),
  return: new Set(IN_HAND),
  withdraw_request: REQUESTED,
  hand_over: new Set(['accepted', 'arrived']),
  decline: new Set(IN_HAND),
}
/** What else may be asked for: what the server allows, as far as it still fits after what waits to be sent. */
export const sidesOf = (item: CaseView, allowed: readonly string[]): SideCommand[] =>
  SIDES.filter((name) => allowed.includes(name) && SIDE_STAGES[name].has(item.stage))

type Change = (at: string, item: CaseView) => Record<string, unknown>
const AHEAD: Record<string, Change> = {
  accept: (at) => ({ stage: 'accepted', accepted_at: at }),
  decline: () => ({ worker: '', stage: 'filed' }),
  depart: (at) => ({ departed_at: at }),
  arrive: (at) => ({ stage: 'arrived', arrived_at: at }),
  report_handled: (at) => ({ stage: 'handled', handled_at: at }),
  hand_over: () => ({ worker: '', stage: 'dispatched' }),
  return: (_, item) => ({ stage: 'return_requested', held: item.stage }),
  request_extension: (_, item) => ({ stage: 'extension_requested', held: item.stage }),
  request_suspension: (_, item) => ({ stage: 'suspension_requested', held: item.stage }),
  withdraw_request: (_, item) => ({ stage: heldOf(item), held: null }),
}
const HELP_AHEAD: Record<string, (at: string) => Partial<Assist>> = {
  accept: (at) => ({ accepted_at: at }),
  depart: (at) => ({ departed_at: at }),
  arrive: (at) => ({ arrived_at: at }),
  leave: (at) => ({ left_at: at }),
  decline: (at) => ({ ended_at: at }),
}

/** The task as it will be when what waits has been sent, in the order in which it was asked. */
export function ahead(item: CaseView, waiting: Asked[], worker: string): CaseView {
  return waiting
    .filter(({ caseId }) => caseId === item.id)
    .reduce((view, { command, at }) => {
      if (isHelping(view, worker)) return withAssist(view, worker, HELP_AHEAD[command]?.(at) ?? {})
      return { ...view, ...AHEAD[command]?.(at, view) } as CaseView
    }, item)
}

const RANK: Record<string, number> = {
  dispatched: 2,
  rework: 2,
  accepted: 3,
  return_requested: 3,
  suspension_requested: 3,
  extension_requested: 3,
  arrived: 4,
  handled: 5,
  checking: 5,
  checked: 6,
  closed: 7,
}
const rank = (item: CaseView): number => RANK[item.stage] ?? 0
const LEADS_TO: Record<string, (item: CaseView) => boolean> = {
  accept: (item) => rank(item) >= 3,
  depart: (item) => item.departed_at !== null || rank(item) >= 4,
  arrive: (item) => rank(item) >= 4,
  report_handled: (item) => rank(item) >= 5,
  return: (item) => item.stage === ('return_requested' as string),
  request_extension: (item) => item.stage === ('extension_requested' as string),
  request_suspension: (item) => item.stage === ('suspension_requested' as string),
  withdraw_request: (item) => !REQUESTED.has(item.stage),
}

const HELP_DONE: Record<string, (help: Assist) => unknown> = {
  accept: (help) => help.accepted_at,
  depart: (help) => help.departed_at || help.arrived_at,
  arrive: (help) => help.arrived_at,
}

/** Whether what was asked for has come about already (an answer that was lost, the office that did it for me). */
export function isSoAlready(command: string, item: CaseView, worker: string): boolean {
  if (command === 'decline' || command === 'hand_over') return !isMine(item, worker)
  if (command === 'leave') return findAssist(item, worker) === undefined
  const help = findAssist(item, worker)
  if (help && item.worker !== worker) return Boolean(HELP_DONE[command]?.(help))
  return item.worker === worker && (LEADS_TO[command]?.(item) ?? false)
}
