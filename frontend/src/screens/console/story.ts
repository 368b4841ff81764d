/** The journal of a case as sentences. One row per kind of fact. Pure. */
import type { JournalEntry } from '@/api/cases'
import type { Words } from '@/api/types'
import type { FactEntry, FactKind, FactTable } from '@/live/messages'
import type { IconName } from '@/ui/Icon.vue'

/** How codes are said in the reader's language. */
export interface Speaker {
  t: (key: string, values?: Record<string, unknown>) => string
  say: (words: Words) => string
  by: (user: string | undefined) => string
  worker: (id: string) => string
  category: (code: string) => string
  department: (id: string) => string
  feed: (feed: string) => string
  time: (at: string) => string
}

export interface Line {
  seq: number
  at: string
  icon: IconName
  tone: 'plain' | 'good' | 'bad' | 'person'
  text: string
  /** What somebody wrote: a reason, a note, the reporter's words. */
  quote: string
  media: string[]
  because: { zh: string; en: string }[]
}

interface Telling {
  key: string
  values?: Record<string, string | number>
  quote?: string | undefined
  media?: string[] | undefined
  icon: IconName
  tone?: Line['tone']
}
type Row<K extends FactKind> = (data: FactTable[K], s: Speaker) => Telling

const workerStep =
  (icon: IconName) =>
  (data: { worker: string }, s: Speaker): Omit<Telling, 'key'> => ({ icon, values: { worker: s.worker(data.worker) } })

const ROWS: { [K in FactKind]: Row<K> } = {
  CaseOpened: (data, s) => ({
    key: data.waiting ? 'CaseOpenedWait' : 'CaseOpened',
    values: { feed: s.feed(data.feed) },
    quote: data.text,
    media: data.media,
    icon: 'plus',
  }),
  CaseImported: (data, s) => ({
    key: 'CaseImported',
    values: { feed: s.feed(data.feed) },
    quote: data.text,
    icon: 'plus',
  }),
  EventAttached: (data, s) => ({
    key: data.phase === 'close' ? 'EventCleared' : 'EventAttached',
    values: { feed: s.feed(data.feed) },
    quote: data.text,
    media: data.media,
    icon: 'link',
    tone: data.phase === 'close' ? 'good' : 'plain',
  }),
  PriorityRaised: (data, s) => ({
    key: 'PriorityRaised',
    values: { priority: s.t(`priority.${data.priority}`) },
    icon: 'up',
    tone: 'bad',
  }),
  CaseReclassified: (data, s) => ({
    key: 'CaseReclassified',
    values: { by: s.by(data.by), category: s.category(data.category) },
    quote: data.reason,
    icon: 'filter',
    tone: 'person',
  }),
  CaseRelocated: (data, s) => ({
    key: 'CaseRelocated',
    values: { by: s.by(data.by) },
    quote: data.reason,
    icon: 'pin',
    tone: 'person',
  }),
  CaseFiled: (data, s) => ({
    key: 'CaseFiled',
    values: { by: s.by(data.by), department: s.department(data.department), due: s.time(data.due_at) },
    icon: 'flag',
  }),
  CaseQueued: () => ({ key: 'CaseQueued', icon: 'clock', tone: 'bad' }),
  TaskDispatched: (data, s) => ({
    key: 'TaskDispatched',
    values: { by: s.by(data.by), worker: s.worker(data.worker), attempt: data.attempt },
    icon: 'send',
  }),
  TaskAccepted: (data, s) => ({ key: 'TaskAccepted', ...workerStep('check')(data, s) }),
  TaskDeclined: (data, s) => ({ key: 'TaskDeclined', ...workerStep('back')(data, s), quote: data.reason, tone: 'bad' }),
  TaskWithdrawn: (data, s) => ({
    key: 'TaskWithdrawn',
    values: { by: s.by(data.by), worker: s.worker(data.worker) },
    quote: data.reason,
    icon: 'back',
  }),
  WorkerDeparted: (data, s) => ({ key: 'WorkerDeparted', ...workerStep('arrow')(data, s) }),
  WorkerArrived: (data, s) => ({ key: 'WorkerArrived', ...workerStep('pin')(data, s) }),
  CaseHandled: (data, s) => ({
    key: 'CaseHandled',
    ...workerStep('check')(data, s),
    quote: data.note,
    media: data.media,
    tone: 'good',
  }),
  CheckPassed: (data, s) => ({
    key: 'CheckPassed',
    values: { by: s.by(data.by) },
    quote: data.note,
    media: data.media,
    icon: 'check',
    tone: 'good',
  }),
  CaseReworked: (data, s) => ({
    key: 'CaseReworked',
    values: { by: s.by(data.by), worker: s.worker(data.worker) },
    quote: data.reason,
    media: data.media,
    icon: 'refresh',
    tone: 'bad',
  }),
  CaseClosed: (data, s) => ({
    key: data.on_time ? 'CaseClosed' : 'CaseClosedLate',
    values: { by: s.by(data.by) },
    quote: data.note,
    icon: 'check',
    tone: data.on_time ? 'good' : 'bad',
  }),
  CaseVoided: (data, s) => ({
    key: 'CaseVoided',
    values: { by: s.by(data.by) },
    quote: data.reason,
    icon: 'close',
    tone: 'bad',
  }),
  CaseOverdue: () => ({ key: 'CaseOverdue', icon: 'octagon', tone: 'bad' }),
  LimitChanged: (data, s) => ({
    key: 'LimitChanged',
    values: { by: s.by(data.by) },
    quote: data.reason,
    icon: 'clock',
    tone: 'plain',
  }),
  CaseReminded: (data, s) => ({
    key: 'CaseReminded',
    values: { by: s.by(data.by) },
    quote: data.note,
    icon: 'bell',
    tone: 'person',
  }),
  NoteAdded: (data, s) => ({
    key: 'NoteAdded',
    values: { by: s.by(data.by) },
    quote: data.note,
    icon: 'note',
    tone: 'person',
  }),
  WorkerSignedOn: (data, s) => ({ key: 'WorkerSignedOn', ...workerStep('user')(data, s) }),
  WorkerSignedOff: (data, s) => ({ key: 'WorkerSignedOff', ...workerStep('user')(data, s) }),
  SourceLost: () => ({ key: 'SourceLost', icon: 'alert', tone: 'bad' }),
  SourceRestored: () => ({ key: 'SourceRestored', icon: 'check', tone: 'good' }),
}

/** Facts in which `by` is somebody who spoke for the worker; in the others the sentence already names him. */
const FOR_WORKER: ReadonlySet<FactKind> = new Set([
  'TaskAccepted',
  'TaskDeclined',
  'WorkerDeparted',
  'WorkerArrived',
  'CaseHandled',
])

function tell<K extends FactKind>(entry: FactEntry & { kind: K }, speaker: Speaker): Telling {
  const row = ROWS[entry.kind] as Row<K> | undefined
  if (!row) return { key: 'unknown', values: { kind: entry.kind }, icon: 'help' } // a server newer than this page
  return row(entry.data as FactTable[K], speaker)
}

export function makeLine(entry: JournalEntry, reader: Speaker): Line {
  const { by_name: name } = entry
  const speaker: Speaker = name ? { ...reader, by: () => reader.say(name) } : reader
  const telling = tell(entry, speaker)
  const by = 'by' in entry.data ? entry.data.by : undefined
  const instead = by && FOR_WORKER.has(entry.kind) ? ` (${speaker.t('story.forWorker', { by: speaker.by(by) })})` : ''
  return {
    seq: entry.seq,
    at: entry.at,
    icon: telling.icon,
    tone: telling.tone ?? 'plain',
    text: speaker.t(`story.${telling.key}`, telling.values ?? {}) + instead,
    quote: telling.quote ?? '',
    media: telling.media ?? [],
    because: entry.because ?? [],
  }
}
