/** Letters to partner systems, and how it goes with each partner. */
import { request } from './client'
import type { components } from './schema'

export type LetterView = components['schemas']['LetterView']
export type PartnerView = components['schemas']['PartnerView']
export type LetterState = 'dead' | 'waiting' | 'settled'
interface List<T> {
  items: T[]
  next: string | null
}

export const listLetters = (state: LetterState, after: string | null): Promise<List<LetterView>> =>
  request('/letters', { query: { state, after } })
export const listPartners = async (): Promise<PartnerView[]> => (await request<List<PartnerView>>('/partners')).items
export const retryLetter = (id: string): Promise<LetterView> =>
  request(`/letters/${encodeURIComponent(id)}/retry`, { method: 'POST' })
export const giveUpLetter = (id: string): Promise<LetterView> =>
  request(`/letters/${encodeURIComponent(id)}/give-up`, { method: 'POST' })
