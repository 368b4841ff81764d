/** How one thing leaves the phone: its pictures first, then what was asked for, or the note that takes its place. */
import { command as give } from '@/api/cases'
import type { Command, CaseView, Media } from '@/api/types'
import { upload } from '@/api/upload'
import { addLateReport, type Found, type Kept, reportFinding } from '@/api/worker'
import { NOTE_MEDIA_MAX, type Op, pagesOf } from './queue'

export interface Watch {
  /** Keep the op as it is now; resolves when it is on the disk. */
  save: (op: Op) => Promise<void>
  onProgress: (share: number) => void
}

const ENDING: Record<string, string> = {
  'audio/webm': 'voice.webm',
  'audio/ogg': 'voice.ogg',
  'audio/mp4': 'voice.m4a',
}

/** Send the files that the server does not have yet. The op with their ids; kept after each. */
export async function sendFiles(op: Op, watch: Watch): Promise<Op> {
  let current = op
  for (const [index, file] of op.photos.entries()) {
    if (file.id || !file.blob) continue
    const form = new FormData()
    form.append('file', file.blob, ENDING[file.blob.type] ?? 'photo.jpg')
    const stored = await upload<Media>('/media', form, {
      idempotencyKey: file.key,
      onProgress: (share) => watch.onProgress((index + share) / op.photos.length),
    })
    const photos = current.photos.map((each) => (each.key === file.key ? { ...each, blob: null, id: stored.id } : each))
    current = { ...current, photos }
    await watch.save(current)
  }
  return current
}

export type Answer = { case: CaseView } | { found: Found }

/** Send what `body` says. */
export async function sendOp(op: Op): Promise<Answer> {
  const body = op.body ?? op.data
  if (op.command === 'finding') return { found: await reportFinding(body, op.key) }
  return { case: await give(op.caseId, op.command as Command, body, { idempotencyKey: op.key }) }
}

/** Put into the case as a note what could not be done; many pictures take several notes. */
export async function sendLate(op: Op): Promise<Kept> {
  const ids = op.photos.map(({ id }) => id).filter(Boolean)
  const pages = pagesOf(ids, NOTE_MEDIA_MAX)
  let kept: Kept | undefined
  for (const [index, media] of pages.entries()) {
    const text = pages.length > 1 ? `${op.late} (${index + 1}/${pages.length})` : (op.late ?? '')
    kept = await addLateReport(op.caseId, text, media, `${op.key}-late-${index + 1}`)
  }
  if (!kept) throw new Error('no page')
  return kept
}
