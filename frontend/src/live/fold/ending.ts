/** Handling, checking, closing, and what comes after. */
import { type Change, ENDS, NO_REQUEST, NO_TASK, NOT_ASKED, type Rows, run, saidAt, stop } from './base'

type Kinds =
  | 'CaseHandled'
  | 'CheckSent'
  | 'CheckAsked'
  | 'CheckAnswered'
  | 'CheckPassed'
  | 'CaseReworked'
  | 'CaseClosed'
  | 'CaseForceClosed'
  | 'CaseReopened'
  | 'CallbackDone'
  | 'CaseForwarded'
  | 'ForwardTaken'
  | 'PartnerUpdated'
  | 'ForwardFailed'
  | 'ForwardEnded'

const ANEW: Change = {
  filed_at: null,
  due_at: null,
  warn_at: null,
  handled_at: null,
  checked_at: null,
  closed_at: null,
  voided_at: null,
  on_time: null,
  warned: 0,
  overdue: false,
  stopped: [],
}

export const ENDING: Rows<Kinds> = {
  CaseHandled: (before, data, fact) => {
    const handled = saidAt(before, data.happened_at, fact.at)
    const inTime = !before.due_at || Date.parse(handled) <= Date.parse(before.due_at)
    return {
      stage: 'handled',
      ...NO_REQUEST,
      handled_at: handled,
      overdue: before.overdue && !inTime,
      ...stop(before, handled, 'checking'),
    }
  },
  CheckSent: (_, data) => ({ stage: 'checking', verifier: data.collector ?? '', ...NOT_ASKED }),
  CheckAsked: (_, data) => ({ stage: 'checking', verifier: '', asked: data.source_id, answer_by: data.answer_by }),
  CheckAnswered: () => NOT_ASKED,
  CheckPassed: (_, __, fact) => ({ stage: 'checked', checked_at: fact.at, verifier: '', ...NOT_ASKED }),
  CaseForwarded: (_, data) => (data.handles ? { waiting: '' } : {}),
  ForwardTaken: () => ({}),
  PartnerUpdated: () => ({}),
  ForwardFailed: () => ({}),
  ForwardEnded: (before, data, fact) =>
    before.stage === 'filed'
      ? {}
      : {
          ...NO_TASK,
          ...run(before, data, fact.at),
          ...NOT_ASKED,
          stage: 'filed',
          verifier: '',
          reworks: before.reworks + 1,
          handled_at: null,
          checked_at: null,
        },
  CaseReworked: (before, data, fact) => ({
    ...NO_TASK,
    ...run(before, data, fact.at),
    ...NOT_ASKED,
    stage: 'rework',
    task_id: data.task_id,
    worker: data.worker,
    verifier: '',
    reworks: before.reworks + 1,
    dispatched_at: fact.at,
    handled_at: null,
    checked_at: null,
  }),
  CaseClosed: (_, data, fact) => ({ stage: 'closed', on_time: data.on_time, closed_at: fact.at, ...ENDS }),
  CaseForceClosed: (_, __, fact) => ({ stage: 'forced_closed', closed_at: fact.at, ...ENDS }),
  CaseReopened: (before) => ({ stage: 'reopened', ...NO_TASK, ...ANEW, reopened: before.reopened + 1 }),
  CallbackDone: () => ({}),
}
