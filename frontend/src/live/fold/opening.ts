/** How a case comes to be known, and what else speaks of it. */
import type { CaseView } from '@/api/types'
import type { FactEntry } from '../facts'
import { blank, category, flattenPlace, later, type Names, type Rows, union } from './base'

/** A case as its first visible fact tells it; null where that fact does not describe a case. */
export function begin(fact: FactEntry, names: Names): CaseView | null {
  if (fact.kind === 'CaseOpened' || fact.kind === 'CaseImported') return blank(fact, names)
  if (fact.kind !== 'TaskDispatched' && fact.kind !== 'AssistSent') return null
  const { case: summary } = fact.data
  return {
    ...blank(fact, names),
    number: summary.number,
    category: category(summary.category, names),
    priority: summary.priority,
    place: flattenPlace(summary.place),
    due_at: summary.due_at,
    text: summary.text ?? '',
    media: summary.media ?? [],
    filed_at: fact.at,
  }
}

export const OPENING: Rows<'CaseOpened' | 'CaseImported' | 'EventAttached' | 'ClearedBySilence' | 'SilenceExcused'> = {
  CaseOpened: (_, data, fact, names) => ({
    number: data.number,
    category: category(data.category, names),
    priority: data.priority,
    severity: data.severity,
    place: flattenPlace(data.place),
    feed: data.feed,
    source: data.source_id,
    text: data.text ?? '',
    media: data.media ?? [],
    reporter: Boolean(data.reporter),
    waiting: data.waiting ?? '',
    parent: data.parent ?? '',
    kind: data.kind ?? '',
    confidence: data.confidence ?? null,
    opened_at: fact.at,
    last_event_at: data.observed_at ?? fact.at,
  }),
  // A case of the past is ended, or a person must say what is to become of it.
  CaseImported: (_, data, __, names) => ({
    stage: data.closed_at ? 'closed' : 'reported',
    number: data.number,
    category: category(data.category, names),
    priority: data.priority,
    severity: data.severity,
    place: flattenPlace(data.place),
    feed: data.feed,
    source: data.source_id,
    text: data.text ?? '',
    waiting: data.waiting ?? '',
    department: data.department ?? '',
    worker: data.worker ?? '',
    filed_at: data.filed_at ?? null,
    due_at: data.due_at ?? null,
    warn_at: data.warn_at ?? null,
    dispatched_at: data.dispatched_at ?? null,
    accepted_at: data.accepted_at ?? null,
    arrived_at: data.arrived_at ?? null,
    handled_at: data.handled_at ?? null,
    checked_at: data.checked_at ?? null,
    closed_at: data.closed_at ?? null,
    overdue: data.overdue ?? false,
    on_time: data.on_time ?? null,
  }),
  EventAttached: (before, data) => ({
    events: before.events + 1,
    last_event_at: later(before.last_event_at, data.observed_at),
    media: union(before.media, data.media),
    reporter: before.reporter || Boolean(data.reporter),
    cleared: data.phase === 'sync' ? before.cleared : (data.cleared ?? data.phase === 'close'),
    silent: before.silent && data.phase === 'sync',
  }),
  ClearedBySilence: (before, data) => ({ silent: data.is_last && !before.cleared }),
  SilenceExcused: () => ({}),
}
