import type { FactEntry } from '@/live/messages'
import { request } from './client'
import type { Because, CaseDetail, CaseEvent, CaseView, Command, Media, Page, Words } from './types'

/** `by_name` is what the account in `data.by` is called. */
export type JournalEntry = FactEntry & { because?: Because[]; by_name?: Words | null }

export interface NewCase {
  text: string
  category?: string
  lon?: number
  lat?: number
  address?: string
  media?: string[]
  channel: 'patrol' | 'hotline' | 'console'
}

export const getCase = (id: string): Promise<CaseDetail> => request(`/cases/${encodeURIComponent(id)}`)
export const listCases = (query: Record<string, string | number | boolean>): Promise<Page<CaseView>> =>
  request('/cases', { query })
export const listJournal = (id: string): Promise<Page<JournalEntry>> =>
  request(`/cases/${encodeURIComponent(id)}/journal`, { query: { limit: 500 } })
export const listEvents = (id: string): Promise<Page<CaseEvent>> =>
  request(`/cases/${encodeURIComponent(id)}/events`, { query: { limit: 100 } })

/** Ask for one move of a case. With `version`, 412 when someone else was faster. */
export const command = (
  id: string,
  name: Command,
  data: Record<string, unknown>,
  options: { version?: number; idempotencyKey?: string } = {},
): Promise<CaseDetail> =>
  request(`/cases/${encodeURIComponent(id)}/commands/${name}`, { method: 'POST', body: data, ...options })

export const openCase = (body: NewCase, idempotencyKey: string): Promise<CaseDetail> =>
  request('/cases', { method: 'POST', body, idempotencyKey })

export function uploadImage(file: Blob, idempotencyKey?: string): Promise<Media> {
  const body = new FormData()
  body.append('file', file)
  return request('/media', { method: 'POST', body, ...(idempotencyKey && { idempotencyKey }) })
}

export const mediaUrl = (id: string, thumb = false): string =>
  `/api/v1/media/${encodeURIComponent(id)}${thumb ? '?size=thumb' : ''}`
/** Whether an id of the media names a voice, not a picture. */
export const isVoice = (id: string): boolean => id.startsWith('rec-')
