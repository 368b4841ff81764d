/** The citizen's routes: no login. */
import { request } from './client'
import type { AskedQuestion, FollowView, NearCase, Page, Part, Words } from './types'
import { upload } from './upload'

export interface Receipt {
  number: string
  token: string
}
export interface Suggested {
  category: { code: string; name: Words }
  confidence: number
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

export const suggestCategories = (text: string, signal: AbortSignal): Promise<Page<Suggested>> =>
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
  return upload('/reports', form, { idempotencyKey, onProgress })
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
