/** The fold's rows for what leaves the straight path: the files of dispatch/changes on the wire's shapes. */
import type { CaseView, Stage } from '@/api/types'
import { ended, flattenPlace, newLimit, NO_TASK, saidAt, type Change, type Fold } from './fold'
import type { AssistStep, FactOf, FactTable, KeptCase, RequestKind } from './messages'

type SideKind =
  | 'PrioritySet'
  | 'LimitChanged'
  | 'CaseAccepted'
  | 'VerificationAsked'
  | 'VerificationPassed'
  | 'VerificationFailed'
  | 'CaseDeclined'
  | 'CaseMerged'
  | 'DuplicateMerged'
  | 'MasterEnded'
  | 'CaseSelfHandled'
  | 'AssistSent'
  | 'AssistMoved'
  | 'CaseEscalated'
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
  | 'CheckSent'
  | 'CheckAsked'
  | 'CheckAnswered'
  | 'CaseForceClosed'
  | 'CaseReopened'
  | 'CaseWarned'
  | 'StageOverdue'
  | 'CaseSupervised'
  | 'SupervisionEnded'
  | 'CaseMarked'
  | 'CaseClaimed'
  | 'ClaimReleased'
  | 'MoveUndone'

/** Where a case stood before a request or a suspension, as far as its times tell (`held` of the case file says it exactly). */
function heldStage(before: CaseView): Stage {
  if (!before.worker) return 'filed'
  if (before.arrived_at) return 'arrived'
  if (before.accepted_at) return 'accepted'
  return before.reworks > 0 && before.stage_since !== null && before.handled_at === null && before.attempts > 0
    ? 'rework'
    : 'dispatched'
}

function asks(kind: RequestKind, stage: Stage) {
  return (
    _: CaseView,
    data: { by: string; reason: string; amount?: number; review_at?: string; media?: string[] },
    fact: { at: string },
  ): Change => ({
    stage,
    request: {
      kind,
      by: data.by,
      at: fact.at,
      reason: data.reason,
      amount: data.amount ?? null,
      review_at: data.review_at ?? null,
      media: data.media ?? [],
    },
  })
}

const leftOut =
  (stage: Stage) =>
  (before: CaseView, _: unknown, fact: { at: string }): Change => ({
    ...ended(before, fact.at),
    stage,
    voided_at: fact.at,
    waiting: '',
  })

const STEP_TIMES: Record<AssistStep, (at: string) => Partial<CaseView['assists'][number]>> = {
  accept: (at) => ({ accepted_at: at }),
  depart: (at) => ({ departed_at: at }),
  arrive: (at) => ({ arrived_at: at }),
  leave: (at) => ({ left_at: at, ended_at: at }),
  decline: (at) => ({ ended_at: at }),
  withdraw: (at) => ({ ended_at: at }),
}

function moveAlong(before: CaseView, data: FactTable['AssistMoved'], fact: FactOf<'AssistMoved'>): Change {
  const times = STEP_TIMES[data.step](saidAt(before, data, fact.at))
  return {
    assists: before.assists.map((each) => (each.task_id === data.task_id ? { ...each, ...times } : each)),
  }
}

const ABSENT: Record<string, unknown> = {
  ...NO_TASK,
  department: '',
  attempts: 0,
  reworks: 0,
  reminders: 0,
  overdue: false,
  on_time: null,
  stage_since: null,
  stage_due_at: null,
  stage_overdue: false,
  warned: 0,
  due_at: null,
  warn_at: null,
  filed_at: null,
  handled_at: null,
  checked_at: null,
  closed_at: null,
  voided_at: null,
  received_at: null,
  review_at: null,
  request: null,
  claimed_by: '',
  claimed_at: null,
  verifier: '',
  asked: '',
  answer_by: null,
  assists: [],
  children: [],
  merged_into: '',
  supervised: null,
  urgent: false,
  key_case: false,
  extensions: 0,
  returns: 0,
  suspensions: 0,
  reopened: 0,
  waiting: '',
}

/** The case as the journal keeps it, in the shape of the lists. What the sources have said since stays. */
function restored(before: CaseView, kept: KeptCase, category: CaseView['category']): Change {
  const plain = Object.fromEntries(Object.entries(ABSENT).map(([name, absent]) => [name, kept[name] ?? absent]))
  return {
    ...plain,
    stage: kept.stage as Stage,
    category,
    priority: kept.priority,
    severity: Number(kept.severity ?? before.severity),
    place: flattenPlace(kept.place),
    stopped_since: kept.clock?.stopped_since ?? null,
  }
}

export const SIDE_FLOWS: Fold<SideKind> = {
  PrioritySet: (before, data, fact) => ({ priority: data.priority, ...newLimit(before, data, fact.at) }),
  LimitChanged: (before, data, fact) => newLimit(before, data, fact.at),
  CaseAccepted: (before, _, fact) => ({
    stage: 'pending_filing',
    received_at: before.received_at ?? fact.at,
    waiting: '',
  }),
  VerificationAsked: (before, data, fact) => ({
    stage: 'verifying',
    verifier: data.collector ?? '',
    received_at: before.received_at ?? fact.at,
  }),
  VerificationPassed: () => ({ stage: 'pending_filing', waiting: '', verifier: '' }),
  VerificationFailed: leftOut('void'),
  CaseDeclined: leftOut('not_filed'),
  CaseMerged: (before, data, fact) => ({ ...leftOut('merged')(before, data, fact), merged_into: data.into }),
  DuplicateMerged: (before, data) => ({ merged: [...before.merged, data.duplicate] }),
  MasterEnded: () => ({}),
  CaseSelfHandled: (before, data, fact) => ({
    stage: 'self_handled',
    received_at: before.received_at ?? fact.at,
    handled_at: fact.at,
    waiting: '',
    media: [...new Set([...before.media, ...data.after])].slice(0, 24),
  }),
  AssistSent: (before, data, fact) => ({
    assists: [
      ...before.assists,
      {
        task_id: data.task_id,
        worker: data.worker,
        department: data.department,
        dispatched_at: fact.at,
        accepted_at: null,
        departed_at: null,
        arrived_at: null,
        left_at: null,
        ended_at: null,
      },
    ],
  }),
  AssistMoved: moveAlong,
  CaseEscalated: () => ({}),
  ReturnRequested: asks('return', 'return_requested'),
  ExtensionRequested: asks('extension', 'extension_requested'),
  SuspensionRequested: asks('suspension', 'suspension_requested'),
  RequestWithdrawn: (before) => ({ stage: heldStage(before), request: null }),
  RequestRefused: (before) => ({ stage: heldStage(before), request: null }),
  ReturnGranted: (before, data, fact) => ({
    ...NO_TASK,
    ...newLimit(before, data, fact.at),
    stage: 'filed',
    request: null,
    overdue: false,
    warned: 0,
    department: data.department,
    returns: before.returns + 1,
  }),
  ExtensionGranted: (before, data, fact) => ({
    ...newLimit(before, data, fact.at),
    stage: heldStage(before),
    request: null,
    extensions: before.extensions + 1,
  }),
  CaseSuspended: (before, data, fact) => ({
    stage: 'suspended',
    request: null,
    review_at: data.review_at,
    suspensions: before.suspensions + 1,
    stopped_since: fact.at,
  }),
  CoordinationBegun: (_, data, fact) => ({
    stage: 'coordinating',
    waiting: 'coordinating',
    stopped_since: data.stops === false ? null : fact.at,
  }),
  CaseResumed: (before, data, fact) => ({
    ...newLimit(before, data, fact.at),
    stage: heldStage(before),
    review_at: null,
    stopped_since: null,
  }),
  CoordinationSettled: (before, data, fact) => ({
    ...newLimit(before, data, fact.at),
    stage: 'filed',
    department: data.department,
    waiting: '',
    stopped_since: null,
  }),
  ChildOpened: (before, data) => ({
    children: [...before.children, data.child],
    open_children: [...before.open_children, data.child],
  }),
  ChildEnded: (before, data) => ({ open_children: before.open_children.filter((each) => each !== data.child) }),
  ReviewDue: () => ({}),
  CheckSent: (_, data) => ({ stage: 'checking', verifier: data.collector ?? '', asked: '', answer_by: null }),
  CheckAsked: (_, data) => ({ stage: 'checking', verifier: '', asked: data.source_id, answer_by: data.answer_by }),
  CheckAnswered: () => ({ asked: '', answer_by: null }),
  CaseForceClosed: (before, _, fact) => ({ ...ended(before, fact.at), stage: 'forced_closed', closed_at: fact.at }),
  CaseReopened: (before) => ({
    ...NO_TASK,
    stage: 'reopened',
    filed_at: null,
    due_at: null,
    warn_at: null,
    handled_at: null,
    checked_at: null,
    closed_at: null,
    voided_at: null,
    on_time: null,
    overdue: false,
    warned: 0,
    stopped_since: null,
    reopened: before.reopened + 1,
  }),
  CaseWarned: (_, data) => ({ warned: data.percent }),
  StageOverdue: () => ({ stage_overdue: true }),
  CaseSupervised: (_, data, fact) => ({
    supervised: { by: data.by, at: fact.at, note: data.note ?? '', due_at: data.due_at ?? null },
  }),
  SupervisionEnded: () => ({ supervised: null }),
  CaseMarked: (before, data) => ({
    urgent: data.urgent ?? before.urgent,
    key_case: data.key_case ?? before.key_case,
  }),
  CaseClaimed: (_, data, fact) => ({ claimed_by: data.by, claimed_at: fact.at }),
  ClaimReleased: () => ({ claimed_by: '', claimed_at: null }),
  MoveUndone: (before, data, _, names) =>
    restored(before, data.before, { code: data.before.category, name: names.category(data.before.category) }),
}
