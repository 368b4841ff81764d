/** What comes next for a task, and what the commands that still wait on this phone will make of it. Pure. */
import type { CaseView, Command, Stage } from '@/api/types'

/** Stages in which a task is mine to work on. */
const MINE: ReadonlySet<Stage> = new Set(['dispatched', 'accepted', 'arrived'])

export type StepCommand = 'accept' | 'decline' | 'depart' | 'arrive' | 'report_handled'

/** One thing asked for on this phone: as much of it as the task's looks depend on. */
export interface Asked {
  caseId: string
  command: Command
  at: string
}

export const isMine = (item: CaseView, worker: string): boolean => item.worker === worker && MINE.has(item.stage)

/** The one large button: what the worker does next; null where nothing is left to do. */
export function nextStep(item: CaseView): StepCommand | null {
  if (item.stage === 'dispatched') return 'accept'
  if (item.stage === 'accepted') return item.departed_at ? 'arrive' : 'depart'
  return item.stage === 'arrived' ? 'report_handled' : null
}

/** What a worker may leave out: who is already there need not set off first. */
export const shortcut = (item: CaseView): StepCommand | null => (nextStep(item) === 'depart' ? 'arrive' : null)

type Change = (at: string) => Partial<CaseView>
const AHEAD: Record<StepCommand, Change> = {
  accept: (at) => ({ stage: 'accepted', accepted_at: at }),
  decline: () => ({ worker: '', stage: 'filed' }),
  depart: (at) => ({ departed_at: at }),
  arrive: (at) => ({ stage: 'arrived', arrived_at: at }),
  report_handled: (at) => ({ stage: 'handled', handled_at: at }),
}

/** The task as it will be when what waits has been sent, in the order in which it was asked. */
export function ahead(item: CaseView, waiting: Asked[]): CaseView {
  return waiting
    .filter(({ caseId }) => caseId === item.id)
    .reduce((view, { command, at }) => {
      const change = AHEAD[command as StepCommand]
      return change ? { ...view, ...change(at) } : view
    }, item)
}

const RANK: Partial<Record<Stage, number>> = {
  reported: 0,
  filed: 1,
  dispatched: 2,
  accepted: 3,
  arrived: 4,
  handled: 5,
  checked: 6,
  closed: 7,
  void: -1,
}
const rank = (stage: Stage): number => RANK[stage] ?? 0
const LEADS_TO: Partial<Record<Command, (item: CaseView) => boolean>> = {
  accept: (item) => rank(item.stage) >= rank('accepted'),
  depart: (item) => item.departed_at !== null || rank(item.stage) >= rank('arrived'),
  arrive: (item) => rank(item.stage) >= rank('arrived'),
  report_handled: (item) => rank(item.stage) >= rank('handled'),
}

/** Whether what was asked for has come about already (an answer that was lost, the office that did it for me). */
export const isSoAlready = (command: Command, item: CaseView, worker: string): boolean =>
  command === 'decline' ? item.worker !== worker : item.worker === worker && (LEADS_TO[command]?.(item) ?? false)
