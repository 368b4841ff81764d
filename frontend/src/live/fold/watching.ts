/** What is said of a case, who watches it, what the clock says, and the move that is taken back. */
import type { CaseView, Place } from '@/api/types'
import { NO_WORKFLOW, type ChainStep } from '@/api/workflow'
import type { FactPlace } from '../facts'
import { blank, category, type Change, flattenPlace, type Names, type Rows } from './base'

type Kinds =
  | 'NoteAdded'
  | 'CaseReminded'
  | 'CaseSupervised'
  | 'SupervisionEnded'
  | 'CaseMarked'
  | 'CaseClaimed'
  | 'ClaimReleased'
  | 'MoveUndone'
  | 'CaseWarned'
  | 'CaseOverdue'
  | 'StageOverdue'
  | 'PersonalDataErased'

/** What the sources and other cases have made of it, which no undoing takes back. */
const OF_THE_SOURCES = [
  'events',
  'last_event_at',
  'media',
  'reporter',
  'cleared',
  'silent',
  'merged',
  'open_children',
  'text',
  'unanswered',
] as const

/** The case as it was, out of the core's own form of it: other names for some fields, and what is at its default is absent. */
function restore(held: CaseView, told: Record<string, unknown>, names: Names): Change {
  const empty = blank({ case_id: held.id, seq: held.version, at: held.opened_at } as never, names)
  const known = Object.fromEntries(
    Object.entries({ ...empty, ...NO_WORKFLOW }).map(([key, value]) => [key, told[key] ?? value]),
  )
  const steps = (told['chain'] as ChainStep[] | undefined) ?? []
  const kept = Object.fromEntries([...OF_THE_SOURCES, 'id', 'number', 'light'].map((key) => [key, held[key as 'id']]))
  return {
    ...(known as unknown as CaseView),
    ...(kept as Change),
    source: (told['source_id'] as string | undefined) ?? held.source,
    category: category(String(told['category'] ?? ''), names),
    place: flattenPlace((told['place'] ?? {}) as FactPlace) as Place,
    chain: steps.length ? { steps, next: Number(told['chain_done'] ?? 0) } : null,
    stopped: held.stopped.filter((span) => span.to !== null),
  }
}

export const WATCHING: Rows<Kinds> = {
  NoteAdded: () => ({}),
  PersonalDataErased: (before, data) => {
    const isWhole = !data.events?.length
    const words = data.fields.includes('words') && (isWhole || data.opening)
    return {
      media: before.media.filter((id) => !data.media?.includes(id)),
      ...(words ? { text: '', place: { ...before.place, address: '' } } : {}),
    }
  },
  CaseReminded: (before) => ({ reminders: before.reminders + 1 }),
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
  MoveUndone: (before, data, _, names) => restore(before, data.before, names),
  CaseWarned: (_, data) => ({ warned: data.percent }),
  CaseOverdue: (before) => ({ overdue: true, warned: Math.max(before.warned, 100) }),
  StageOverdue: () => ({ stage_overdue: true }),
}
