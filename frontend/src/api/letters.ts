/** Mail and short messages to citizens, as an operator sees them. */
import { request } from './client'
import type { components } from './schema'

export type LetterView = components['schemas']['KeptLetter']
export type LetterState = 'dead' | 'waiting' | 'sent'
interface List {
  items: LetterView[]
  next: string | null
}

export const listLetters = (state: LetterState): Promise<List> => request('/letters', { query: { state } })
export const retryLetter = (id: string): Promise<List> =>
  request(`/letters/${encodeURIComponent(id)}/retry`, { method: 'POST' })
