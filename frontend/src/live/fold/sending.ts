/** Tasks, their workers, and who goes along. */
import type { Assist } from '@/api/workflow'
import type { FactTable } from '../facts'
import { NO_REQUEST, NO_TASK, type Rows, saidAt } from './base'

type Kinds =
  | 'CaseQueued'
  | 'TaskDispatched'
  | 'TaskAccepted'
  | 'TaskDeclined'
  | 'TaskWithdrawn'
  | 'WorkerDeparted'
  | 'WorkerArrived'
  | 'AssistSent'
  | 'AssistMoved'
  | 'CaseEscalated'

/** Assisting workers of one case, gone ones too. */
const ASSISTS_KEPT = 16
const STEPS: Record<FactTable['AssistMoved']['step'], (at: string) => Partial<Assist>> = {
  accept: (at) => ({ accepted_at: at }),
  depart: (at) => ({ departed_at: at }),
  arrive: (at) => ({ arrived_at: at }),
  leave: (at) => ({ left_at: at, ended_at: at }),
  decline: (at) => ({ ended_at: at }),
  withdraw: (at) => ({ ended_at: at }),
}

export const SENDING: Rows<Kinds> = {
  CaseQueued: (_, data) => ({ stage: 'filed', waiting: data.reason }),
  TaskDispatched: (before, data, fact) => ({
    ...NO_TASK,
    ...NO_REQUEST,
    stage: 'dispatched',
    task_id: data.task_id,
    worker: data.worker,
    department: data.department,
    attempts: data.attempt,
    dispatched_at: fact.at,
    waiting: '',
    chain: data.chain?.length ? { steps: data.chain, next: 0 } : before.chain,
  }),
  TaskAccepted: (before, data, fact) => ({
    stage: 'accepted',
    accepted_at: saidAt(before, data.happened_at, fact.at),
    chain: null,
  }),
  TaskDeclined: () => ({ ...NO_TASK, stage: 'filed', chain: null }),
  TaskWithdrawn: () => ({ ...NO_TASK, ...NO_REQUEST, stage: 'filed' }),
  WorkerDeparted: (before, data, fact) => ({ departed_at: saidAt(before, data.happened_at, fact.at) }),
  // Who asks for more time may arrive meanwhile: the request stands, and what it comes back to has moved on.
  WorkerArrived: (before, data, fact) => ({
    arrived_at: saidAt(before, data.happened_at, fact.at),
    ...(before.held ? { held: 'arrived' as const } : { stage: 'arrived' as const }),
  }),
  AssistSent: (before, data, fact) => ({
    assists: [
      ...before.assists,
      { task_id: data.task_id, worker: data.worker, department: data.department, dispatched_at: fact.at },
    ].slice(-ASSISTS_KEPT),
  }),
  AssistMoved: (before, data, fact) => ({
    assists: before.assists.map((each) =>
      each.task_id === data.task_id ? { ...each, ...STEPS[data.step](data.happened_at ?? fact.at) } : each,
    ),
  }),
  CaseEscalated: (before, data) => {
    const steps = before.chain?.steps ?? []
    return { chain: steps.length ? { steps, next: data.step + 1 < steps.length ? data.step + 1 : null } : before.chain }
  },
}
