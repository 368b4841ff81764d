/** What a handler asks for, the answers, and cases that stand still. */
import type { CaseView, Stage } from '@/api/types'
import type { CaseRequest } from '@/api/workflow'
import { type Change, limit, NO_REQUEST, NO_TASK, type Rows, run, stop, union } from './base'

type Kinds =
  | 'ReturnRequested'
  | 'ExtensionRequested'
  | 'SuspensionRequested'
  | 'RequestWithdrawn'
  | 'RequestRefused'
  | 'ReturnGranted'
  | 'ExtensionGranted'
  | 'CaseSuspended'
  | 'CoordinationBegun'
  | 'CaseResumed'
  | 'CoordinationSettled'
  | 'ChildOpened'
  | 'ChildEnded'
  | 'ReviewDue'

const ask = (before: CaseView, stage: Stage, request: CaseRequest): Change => ({ stage, held: before.stage, request })
/** Where it stood before the request; a server that did not tell it meant the task at hand. */
const back = (before: CaseView): Stage =>
  before.held ?? (before.arrived_at ? 'arrived' : before.accepted_at ? 'accepted' : 'dispatched')

export const ASKING_ROWS: Rows<Kinds> = {
  ReturnRequested: (before, data, fact) =>
    ask(before, 'return_requested', { kind: 'return', by: data.by, at: fact.at, reason: data.reason }),
  ExtensionRequested: (before, data, fact) =>
    ask(before, 'extension_requested', {
      kind: 'extension',
      by: data.by,
      at: fact.at,
      reason: data.reason,
      amount: data.amount,
    }),
  SuspensionRequested: (before, data, fact) =>
    ask(before, 'suspension_requested', {
      kind: 'suspension',
      by: data.by,
      at: fact.at,
      reason: data.reason,
      review_at: data.review_at,
    }),
  RequestWithdrawn: (before) => ({ stage: back(before), ...NO_REQUEST }),
  RequestRefused: (before) => ({ stage: back(before), ...NO_REQUEST }),
  ReturnGranted: (before, data, fact) => ({
    ...NO_TASK,
    ...NO_REQUEST,
    ...limit(before, data, fact.at),
    stage: 'filed',
    department: data.department,
    overdue: false,
    warned: 0,
    returns: before.returns + 1,
    chain: null,
  }),
  ExtensionGranted: (before, data, fact) => ({
    stage: back(before),
    ...NO_REQUEST,
    ...limit(before, data, fact.at),
    extensions: before.extensions + 1,
  }),
  CaseSuspended: (before, data, fact) => ({
    stage: 'suspended',
    held: before.held ?? before.stage,
    request: null,
    review_at: data.review_at,
    suspensions: before.suspensions + 1,
    ...stop(before, fact.at, 'suspended'),
  }),
  CoordinationBegun: (before, data, fact) => ({
    stage: 'coordinating',
    ...NO_TASK,
    ...NO_REQUEST,
    ...(data.stops === false ? {} : stop(before, fact.at, 'coordinating')),
  }),
  CaseResumed: (before, data, fact) => ({
    stage: before.held ?? 'filed',
    held: null,
    review_at: null,
    ...run(before, data, fact.at),
  }),
  CoordinationSettled: (before, data, fact) => ({
    stage: 'filed',
    department: data.department,
    waiting: '',
    ...run(before, data, fact.at),
  }),
  ChildOpened: (before, data) => ({
    children: union(before.children, [data.child]),
    open_children: union(before.open_children, [data.child]),
  }),
  ChildEnded: (before, data) => ({ open_children: before.open_children.filter((each) => each !== data.child) }),
  ReviewDue: () => ({}),
}
