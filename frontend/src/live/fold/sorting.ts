/** Accepting, verifying, filing, leaving out, and what a case is of. */
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

export const SORTING: Rows<Kinds> = {
  CaseAccepted: () => ({ stage: 'pending_filing', waiting: '' }),
  VerificationAsked: (_, data) => ({ stage: 'verifying', verifier: data.collector ?? '' }),
  VerificationPassed: () => ({ stage: 'pending_filing', waiting: '', verifier: '' }),
  VerificationFailed: () => ({ stage: 'void', verifier: '', ...ENDS }),
  CaseFiled: (before, data, fact) => ({
    stage: 'filed',
    department: data.department,
    filed_at: fact.at,
    waiting: '',
    verifier: '',
    ...limit({ ...before, warned: 0, overdue: false }, data, fact.at),
    stopped: [],
    on_time: null,
  }),
  CaseDeclined: () => ({ stage: 'not_filed', ...ENDS }),
  CaseVoided: () => ({ stage: 'void', ...ENDS }),
  CaseMerged: (_, data) => ({ stage: 'merged', merged_into: data.into, ...ENDS }),
  DuplicateMerged: (before, data) => ({ merged: union(before.merged, [data.duplicate]) }),
  MasterEnded: () => ({}),
  CaseSelfHandled: (before, data, fact) => ({
    stage: 'self_handled',
    handled_at: fact.at,
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
