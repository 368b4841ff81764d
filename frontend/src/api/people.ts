/** People and what concerns me: colleagues, where I was named, and the views that are kept. */
import { request } from './client'
import type { Colleague, Mention, Page, SavedView } from './types'

export const listColleagues = (): Promise<Page<Colleague>> => request('/colleagues')
export const listMentions = (): Promise<Page<Mention>> => request('/me/mentions')
export const seeMentions = (seq: number): Promise<void> =>
  request('/me/mentions/seen', { method: 'POST', body: { seq } })

export const listViews = (): Promise<{ items: SavedView[]; default: string }> => request('/views')
export const addView = (body: { name: string; query: string; shared: boolean }): Promise<SavedView> =>
  request('/views', { method: 'POST', body })
export const changeView = (id: string, body: { name?: string; query?: string; shared?: boolean }): Promise<SavedView> =>
  request(`/views/${encodeURIComponent(id)}`, { method: 'PATCH', body })
export const deleteView = (id: string): Promise<void> =>
  request(`/views/${encodeURIComponent(id)}`, { method: 'DELETE' })
export const setDefaultView = (id: string): Promise<void> =>
  request('/me/default-view', { method: 'PUT', body: { id } })
