/** The citizen's routes: no login. */
import { request } from './client'
import { withProof } from './proof'
import type { FollowView, Page, Words } from './types'
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
  name: string
  phone: string
}

export const suggestCategories = (text: string, signal: AbortSignal): Promise<Page<Suggested>> =>
  request('/reports/suggest', { method: 'POST', body: { text }, signal })

export function sendReport(
  fields: ReportFields,
  photos: Blob[],
  idempotencyKey: string,
  onProgress: (share: number) => void,
): Promise<Receipt> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields))
    if (value !== null && value !== '') form.append(name, String(value))
  photos.forEach((photo, index) => form.append('photos', photo, `photo-${index + 1}.jpg`))
  return withProof((headers) => upload('/reports', form, { idempotencyKey, onProgress, headers }))
}

export const followReport = (token: string): Promise<FollowView> => request(`/reports/${encodeURIComponent(token)}`)
