/** The work queues: which cases wait for whom. One row per queue. Pure. */
import type { CaseView, Light, Role, Stage, StageCount } from '@/api/types'
import { ASKING, BUSY, ENDED } from '@/api/workflow'

export const QUEUES = [
  'open',
  'accept',
  'verify',
  'file',
  'dispatch',
  'requests',
  'doing',
  'check',
  'close',
  'suspended',
  'overdue',
  'supervised',
  'unanswered',
  'mine',
  'team',
] as const
export type Queue = (typeof QUEUES)[number]

/** From where a case is looked at: its light now, and who looks. */
export interface Viewpoint {
  light: Light
  role: Role
  user: string
  department: string
}

const stages = (...names: Stage[]): ReadonlySet<Stage> => new Set(names)
/** Queues that are stages and nothing else: the server can count them too. */
const STAGES_OF: Partial<Record<Queue, ReadonlySet<Stage>>> = {
  accept: stages('reported'),
  verify: stages('verifying'),
  file: stages('pending_filing', 'reopened'),
  dispatch: stages('filed'),
  requests: ASKING,
  doing: new Set([...BUSY].filter((stage) => !ASKING.has(stage))),
  check: stages('handled', 'checking'),
  close: stages('checked', 'self_handled'),
  suspended: stages('suspended', 'coordinating'),
}

type Test = (item: CaseView, view: Viewpoint) => boolean
const ofStages =
  (queue: Queue): Test =>
  (item) =>
    STAGES_OF[queue]?.has(item.stage) ?? false

const TESTS: Record<Queue, Test> = {
  open: (item) => !ENDED.has(item.stage),
  accept: ofStages('accept'),
  verify: ofStages('verify'),
  file: ofStages('file'),
  dispatch: ofStages('dispatch'),
  requests: ofStages('requests'),
  doing: ofStages('doing'),
  check: ofStages('check'),
  close: ofStages('close'),
  suspended: ofStages('suspended'),
  overdue: (item, { light }) => light === 'red' && !ENDED.has(item.stage) && item.handled_at === null,
  supervised: (item) => item.supervised !== null && !ENDED.has(item.stage),
  unanswered: (item) => item.unanswered.length > 0 && !ENDED.has(item.stage),
  mine: (item, { user }) =>
    !ENDED.has(item.stage) && (item.claimed_by === user || item.verifier === user || item.supervised?.by === user),
  // Of a department: what is its own. Of the whole desk: what somebody there works on now.
  team: (item, { department }) =>
    !ENDED.has(item.stage) && (department ? item.department === department : item.claimed_by !== ''),
}
export const inQueue = (queue: Queue, item: CaseView, view: Viewpoint): boolean => TESTS[queue](item, view)

/** All queues that a case is in, as bits in the order of QUEUES. */
export function queueBits(item: CaseView, view: Viewpoint): number {
  let bits = 0
  for (let at = 0; at < QUEUES.length; at += 1) if (TESTS[QUEUES[at] as Queue](item, view)) bits |= 1 << at
  return bits
}
export const bitOf = (queue: Queue): number => 1 << QUEUES.indexOf(queue)

/** What each role has to do first; the others follow in their order. */
const OWN: Partial<Record<Role, readonly Queue[]>> = {
  acceptor: ['accept', 'verify', 'file', 'unanswered', 'check', 'mine'],
  leader: ['requests', 'accept', 'file', 'overdue', 'unanswered', 'supervised', 'close', 'mine'],
  dispatcher: ['dispatch', 'requests', 'overdue', 'check', 'close', 'mine'],
  department_dispatcher: ['dispatch', 'doing', 'overdue', 'requests', 'mine'],
  collector: ['verify', 'check', 'mine'],
  supervisor: ['supervised', 'overdue', 'suspended'],
}
export const ownQueues = (role: Role): readonly Queue[] => OWN[role] ?? []
/** All open ones, then the role's own queues, then the rest. */
export function orderedQueues(role: Role): Queue[] {
  return [...new Set<Queue>(['open', ...ownQueues(role), ...QUEUES])]
}

/** What the server has counted by stage, for the queues that can be told from stages; undefined for the others. */
export function countsOf(rows: StageCount[]): Partial<Record<Queue, number>> {
  const counts: Partial<Record<Queue, number>> = { open: 0, overdue: 0 }
  for (const row of rows) {
    counts.open = (counts.open ?? 0) + row.cases
    counts.overdue = (counts.overdue ?? 0) + row.overdue
    for (const queue of QUEUES)
      if (STAGES_OF[queue]?.has(row.stage as Stage)) counts[queue] = (counts[queue] ?? 0) + row.cases
  }
  return counts
}
/** The stages that a queue is made of, for a question to the server; all open ones where it is made of more. */
export const stagesOf = (queue: Queue): string => [...(STAGES_OF[queue] ?? ['open'])].join(',')
