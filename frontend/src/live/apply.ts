/**
 * The fold: facts into what the screens show. The same arithmetic as `apply` in dispatch/case.py, on the wire's shapes.
 *
 * `applyFact` is pure: the case before and one fact give the case after. `FOLD` has a row for every kind of fact; the rows
 * stand in ./fold, in files that follow those of dispatch/changes.
 */
import type { CaseView, WorkerView } from '@/api/types'
import type { FactEntry, FactKind, FactOf, FactTable } from './facts'
import { ASKING_ROWS } from './fold/asking'
import type { Names, Row, Rows } from './fold/base'
import { ENDING } from './fold/ending'
import { begin, OPENING } from './fold/opening'
import { SENDING } from './fold/sending'
import { SORTING } from './fold/sorting'
import { REPORTING } from './fold/reporting'
import { WATCHING } from './fold/watching'

const FOLD: Rows<FactKind> = {
  ...OPENING,
  ...SORTING,
  ...SENDING,
  ...ASKING_ROWS,
  ...ENDING,
  ...WATCHING,
  ...REPORTING,
  WorkerSignedOn: () => null,
  WorkerSignedOff: () => null,
  SourceLost: () => null,
  SourceRestored: () => null,
}
/** Every kind of fact that the fold knows. */
export const FACT_KINDS = Object.keys(FOLD)

/** The case after one fact. A case never seen before begins with what opens it or, for a worker, with what sends him; else null. */
export function applyFact<K extends FactKind>(
  before: CaseView | undefined,
  fact: FactEntry & { kind: K },
  names: Names,
): CaseView | null {
  const known = before ?? begin(fact, names)
  if (!known) return null
  if (before && fact.seq <= before.version) return before // told twice: a snapshot already holds it
  const row = FOLD[fact.kind] as Row<K> | undefined
  if (!row) return { ...known, version: fact.seq } // a server newer than this page: the next snapshot will tell
  const change = row(known, fact.data as FactTable[K], fact as unknown as FactOf<K>, names)
  if (!change) return null
  const after = { ...known, ...change, version: fact.seq }
  if (!before || after.stage === before.stage) return after
  return { ...after, stage_since: fact.at, stage_due_at: fact.data.stage_due_at ?? null, stage_overdue: false }
}

/** What a fact changes in how many tasks a worker holds, and in whether he is on duty. */
export function applyToWorker(worker: WorkerView, fact: FactEntry): WorkerView {
  switch (fact.kind) {
    case 'TaskDispatched':
    case 'CaseReworked':
    case 'AssistSent':
      return { ...worker, open_tasks: worker.open_tasks + 1 }
    case 'TaskDeclined':
    case 'TaskWithdrawn':
    case 'CaseHandled':
      return { ...worker, open_tasks: Math.max(0, worker.open_tasks - 1) }
    case 'AssistMoved': {
      const gone = fact.data.step === 'leave' || fact.data.step === 'decline' || fact.data.step === 'withdraw'
      return gone ? { ...worker, open_tasks: Math.max(0, worker.open_tasks - 1) } : worker
    }
    case 'WorkerSignedOn':
      return { ...worker, on_duty: true }
    case 'WorkerSignedOff':
      return { ...worker, on_duty: false }
    default:
      return worker
  }
}

export interface Model {
  cases: Map<string, CaseView>
  workers: Map<string, WorkerView>
}
export interface Changes {
  cases: Set<string>
  workers: Set<string>
  opened: string[]
}

/** Fold facts into the maps of `model` (changed in place; the values in them are never changed) and tell what moved. */
export function applyFacts(model: Model, facts: FactEntry[], names: Names): Changes {
  const changes: Changes = { cases: new Set(), workers: new Set(), opened: [] }
  for (const fact of facts) {
    if (fact.case_id) {
      const before = model.cases.get(fact.case_id)
      const after = applyFact(before, fact, names)
      if (!after || after === before) continue
      model.cases.set(after.id, after)
      changes.cases.add(after.id)
      if (!before) changes.opened.push(after.id)
    }
    const workerId = ('worker' in fact.data && fact.data.worker) || ''
    const worker = model.workers.get(workerId)
    if (worker) {
      model.workers.set(worker.id, applyToWorker(worker, fact))
      changes.workers.add(worker.id)
    }
  }
  return changes
}
