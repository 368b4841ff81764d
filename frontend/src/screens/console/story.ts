/** The journal of a case as sentences. Pure. */
import type { JournalEntry } from '@/api/cases'
import type { FactEntry, FactKind, FactTable } from '@/live/messages'
import type { IconName } from '@/ui/Icon.vue'
import { type Speaker, type Telling, TELLINGS, type Tone } from './tellings'

export type { Speaker } from './tellings'

export interface Line {
  seq: number
  at: string
  kind: FactKind
  icon: IconName
  tone: Tone
  text: string
  /** What somebody wrote: a reason, a note, the reporter's words. */
  quote: string
  media: string[]
  because: { zh: string; en: string }[]
  /** Usernames that were named. */
  mentions: string[]
}

/** Facts in which `by` is somebody who spoke for the worker; in the others the sentence already names him. */
const FOR_WORKER: ReadonlySet<FactKind> = new Set([
  'TaskAccepted',
  'TaskDeclined',
  'WorkerDeparted',
  'WorkerArrived',
  'CaseHandled',
  'AssistMoved',
])

function tell<K extends FactKind>(entry: FactEntry & { kind: K }, speaker: Speaker): Telling {
  const row = TELLINGS[entry.kind] as ((data: FactTable[K], s: Speaker) => Telling) | undefined
  if (!row) return { key: 'unknown', values: { kind: entry.kind }, icon: 'help' } // a server newer than this page
  return row(entry.data as FactTable[K], speaker)
}

export function makeLine(entry: JournalEntry, reader: Speaker): Line {
  const { by_name: name } = entry
  const own = 'partner' in entry.data ? entry.data.partner : 'by' in entry.data ? entry.data.by : undefined
  const speaker: Speaker = name
    ? { ...reader, by: (user) => (user === own ? reader.say(name) : reader.by(user)) }
    : reader
  const telling = tell(entry, speaker)
  const isPartners = 'worker' in entry.data && !entry.data.worker
  const instead =
    own && !isPartners && FOR_WORKER.has(entry.kind)
      ? ` (${speaker.t('story.forWorker', { by: speaker.by(own) })})`
      : ''
  return {
    seq: entry.seq,
    at: entry.at,
    kind: entry.kind,
    icon: telling.icon,
    tone: telling.tone ?? 'plain',
    text: speaker.t(`story.${telling.key}`, telling.values ?? {}) + instead,
    quote: telling.quote ?? '',
    media: telling.media ?? [],
    because: entry.because ?? [],
    mentions: entry.kind === 'NoteAdded' ? (entry.data.mentions ?? []) : [],
  }
}
