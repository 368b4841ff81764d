/** The citizen's routes: no login. */
import { request } from './client'
import type { Address } from './public'
import { withProof } from './proof'
import type { AskedQuestion, FollowView, NearCase, Page, Part, ReportContacts, Suggestions } from './types'
import { upload } from './upload'

export interface Receipt {
  number: string
  token: string
}
export interface ReportFields {
  text: string
  category: string
  lon: number | null
  lat: number | null
  accuracy_m: number | null
  address: string
  /** Id of the part that it is about, number of the open case that it is. */
  component: string
  same_as: string
  /** By the question's code. */
  answers: Record<string, string[]>
  name: string
  phone: string
}

export const suggestCategories = (text: string, signal: AbortSignal): Promise<Suggestions> =>
  request('/reports/suggest', { method: 'POST', body: { text }, signal })

export function sendReport(
  fields: ReportFields & { language: 'zh' | 'en' },
  photos: Blob[],
  idempotencyKey: string,
  onProgress: (share: number) => void,
): Promise<Receipt> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields))
    if (typeof value === 'object' && value !== null) form.append(name, JSON.stringify(value))
    else if (value !== null && value !== '') form.append(name, String(value))
  photos.forEach((photo, index) => form.append('photos', photo, `photo-${index + 1}.jpg`))
  return withProof((headers) => upload('/reports', form, { idempotencyKey, onProgress, headers }))
}

export const listQuestions = (): Promise<Page<AskedQuestion>> => request('/reports/questions')
export const findOpenNear = (
  [lon, lat]: [number, number],
  category: string,
  signal: AbortSignal,
): Promise<Page<NearCase>> => request('/reports/near', { query: { lon, lat, category }, signal })
export const findPartsNear = (
  [lon, lat]: [number, number],
  category: string,
  signal: AbortSignal,
): Promise<Page<Part>> => request('/components/near', { query: { lon, lat, category }, signal })
export const getPart = (id: string): Promise<Part> => request(`/components/${encodeURIComponent(id)}`)

export const followReport = (token: string): Promise<FollowView> => request(`/reports/${encodeURIComponent(token)}`)

/** What may be done by the private link. Each answers with how it stands then. */
const act = (token: string, name: string, body: object, idempotencyKey: string): Promise<FollowView> =>
  request(`/reports/${encodeURIComponent(token)}/${name}`, { method: 'POST', body, idempotencyKey })
export const writeToOffice = (token: string, text: string, key: string): Promise<FollowView> =>
  act(token, 'messages', { text }, key)
export const rateReport = (token: string, stars: number, comment: string, key: string): Promise<FollowView> =>
  act(token, 'rating', { stars, comment }, key)
export const reopenReport = (token: string, reason: string, key: string): Promise<FollowView> =>
  act(token, 'reopen', { reason }, key)
export const withdrawReport = (token: string, key: string): Promise<FollowView> => act(token, 'withdraw', {}, key)
export const redactReport = (token: string, key: string): Promise<FollowView> => act(token, 'redact', {}, key)

/** Where who has the link is told what becomes of it. An address is told nothing before its code was given. */
const ofReport = (token: string, path = ''): string => `/reports/${encodeURIComponent(token)}/contacts${path}`
export const listContacts = (token: string): Promise<ReportContacts> => request(ofReport(token))
export const addContact = (token: string, body: Address): Promise<{ id: string }> =>
  request(ofReport(token), { method: 'POST', body })
export const confirmContact = (token: string, id: string, code: string): Promise<ReportContacts> =>
  request(ofReport(token, `/${id}/confirm`), { method: 'POST', body: { code } })
export const removeContact = (token: string, id: string): Promise<ReportContacts> =>
  request(ofReport(token, `/${id}`), { method: 'DELETE' })
export const followArea = (token: string, id: string, area: string, category: string): Promise<ReportContacts> =>
  request(ofReport(token, `/${id}/areas`), { method: 'POST', body: { area, category } })
export const unfollowArea = (token: string, id: string, follow: string): Promise<ReportContacts> =>
  request(ofReport(token, `/${id}/areas/${follow}`), { method: 'DELETE' })
