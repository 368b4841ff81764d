/** Labels with codes for parts of the register and for places. */
import { request, toQuery } from './client'
import type { LabelPage } from './types'

export interface LabelQuery {
  category: string
  area: string
  ids: string
  offset: number
}
export const listLabels = (query: LabelQuery, signal: AbortSignal): Promise<LabelPage> =>
  request('/labels', { query: { ...query }, signal })
/** The address of the sheet itself, to be opened in a tab. */
export const sheetUrl = (query: LabelQuery & { places: string; size: 'small' | 'large' }): string =>
  `/api/v1/labels/sheet${toQuery({ ...query })}`
