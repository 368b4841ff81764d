import type { FactEntry } from '@/live/messages'
import { type Problem, request } from './client'
import type {
  Because,
  CaseDetail,
  CaseEvent,
  CaseMessage,
  CaseView,
  Command,
  Media,
  Page,
  SimilarCase,
  StageCount,
  Words,
} from './types'

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
/** How many open cases a filter has in each stage. */
export const countQueues = (query: Record<string, string>): Promise<StageCount[]> =>
  request<{ stages: StageCount[] }>('/queues', { query }).then(({ stages }) => stages)
export const listSimilar = (id: string): Promise<Page<SimilarCase>> =>
  request(`/cases/${encodeURIComponent(id)}/similar`)
export const sheetUrl = (id: string, locale: string): string =>
  `/api/v1/cases/${encodeURIComponent(id)}/sheet?lang=${locale}`
export const listJournal = (id: string): Promise<Page<JournalEntry>> =>
  request(`/cases/${encodeURIComponent(id)}/journal`, { query: { limit: 500 } })
/** What those who reported a case and the office have written to each other. */
export const listMessages = (id: string): Promise<Page<CaseMessage>> =>
  request(`/cases/${encodeURIComponent(id)}/messages`)
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

export type BulkAnswer = { id: string; ok: boolean; case?: CaseDetail | null; problem?: Problem | null }
/** Ask for the same move of many cases: each succeeds or is refused by itself. */
export const commandAll = (
  ids: string[],
  name: Command,
  data: Record<string, unknown>,
  versions: Record<string, number>,
): Promise<{ items: BulkAnswer[] }> =>
  request(`/cases/commands/${name}`, { method: 'POST', body: { ids, data, versions } })

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
