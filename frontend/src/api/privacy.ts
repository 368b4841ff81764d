/** What is kept of persons: blurs of pictures, and one's own data by the private link. */
import { request } from './client'
import type { OwnData } from './types'

/** (x, y, width, height) in shares of the picture, from its upper left corner. */
export type Box = [number, number, number, number]

const own = (token: string): string => `/reports/${encodeURIComponent(token)}`

export const getBlur = (id: string): Promise<{ boxes: Box[] }> => request(`/media/${encodeURIComponent(id)}/blur`)
export const putBlur = (id: string, boxes: Box[]): Promise<{ boxes: Box[] }> =>
  request(`/media/${encodeURIComponent(id)}/blur`, { method: 'PUT', body: { boxes } })

export const getOwnData = (token: string): Promise<OwnData> => request(`${own(token)}/data`)
export const eraseOwnData = (token: string): Promise<{ contact: string; words: string }> =>
  request(`${own(token)}/data`, { method: 'DELETE' })
export const blurOwnPhoto = (token: string, id: string, boxes: Box[]): Promise<{ boxes: Box[] }> =>
  request(`${own(token)}/photos/${encodeURIComponent(id)}/blur`, { method: 'PUT', body: { boxes } })
