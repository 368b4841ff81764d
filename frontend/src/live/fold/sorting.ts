/** Accepting, verifying, filing, leaving out, and what a case is of. */
import type { CaseView } from '@/api/types'
import { category, ENDS, flattenPlace, limit, type Rows, union } from './base'

type Kinds =
  | 'CaseAccepted'
  | 'VerificationAsked'
  | 'VerificationPassed'
  | 'VerificationFailed'
  | 'CaseFiled'
  | 'CaseDeclined'
  | 'CaseVoided'
  | 'CaseMerged'
  | 'DuplicateMerged'
  | 'MasterEnded'
  | 'CaseSelfHandled'
  | 'PriorityRaised'
  | 'PrioritySet'
  | 'CaseReclassified'
  | 'CaseRelocated'
  | 'LimitChanged'

/** When the city first said that it is one for it. */
const received = (before: CaseView, fact: { at: string }) => ({ received_at: before.received_at ?? fact.at })

export const SORTING: Rows<Kinds> = {
  CaseAccepted: (before, _, fact) => ({ stage: 'pending_filing', waiting: '', ...received(before, fact) }),
  VerificationAsked: (before, data, fact) => ({
    stage: 'verifying',
    verifier: data.collector ?? '',
    ...received(before, fact),
  }),
  VerificationPassed: () => ({ stage: 'pending_filing', waiting: '', verifier: '' }),
  VerificationFailed: (_, __, fact) => ({ stage: 'void', verifier: '', voided_at: fact.at, ...ENDS }),
  CaseFiled: (before, data, fact) => ({
    stage: 'filed',
    department: data.department,
    filed_at: fact.at,
    ...received(before, fact),
    waiting: '',
    verifier: '',
    ...limit({ ...before, warned: 0, overdue: false }, data, fact.at),
    stopped: [],
    on_time: null,
  }),
  CaseDeclined: (_, __, fact) => ({ stage: 'not_filed', voided_at: fact.at, ...ENDS }),
  CaseVoided: (_, __, fact) => ({ stage: 'void', voided_at: fact.at, ...ENDS }),
  CaseMerged: (_, data, fact) => ({ stage: 'merged', merged_into: data.into, voided_at: fact.at, ...ENDS }),
  DuplicateMerged: (before, data) => ({ merged: union(before.merged, [data.duplicate]) }),
  MasterEnded: () => ({}),
  CaseSelfHandled: (before, data, fact) => ({
    stage: 'self_handled',
    handled_at: fact.at,
    ...received(before, fact),
    waiting: '',
    media: union(before.media, data.after),
  }),
  PriorityRaised: (before, data, fact) => ({
    priority: data.priority,
    severity: data.severity,
    ...limit(before, data, fact.at),
  }),
  PrioritySet: (before, data, fact) => ({ priority: data.priority, ...limit(before, data, fact.at) }),
  CaseReclassified: (before, data, fact, names) => ({
    category: category(data.category, names),
    priority: data.priority,
    department: data.department || before.department,
    ...limit(before, data, fact.at),
  }),
  CaseRelocated: (before, data, fact) => ({
    place: flattenPlace(data.place),
    department: data.department || before.department,
    ...limit(before, data, fact.at),
  }),
  LimitChanged: (before, data, fact) => limit(before, data, fact.at),
}
