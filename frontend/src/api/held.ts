/** Reports that are held, and whose are. */
import { request } from './client'
import type { components } from './schema'

export type HeldView = components['schemas']['HeldView']
export type BanView = components['schemas']['BanView']
export type BanKind = 'phone' | 'email' | 'device' | 'network'
export type HeldState = 'held' | 'released' | 'discarded'
export interface NewBan {
  kind: BanKind
  value: string
  report: string
  reason: string
  until: string | null
}
interface List<T> {
  items: T[]
  next: string | null
}

export const listHeld = (state: HeldState, after: string | null): Promise<List<HeldView>> =>
  request('/held', { query: { state, after } })
export const decideHeld = (id: string, what: 'release' | 'discard'): Promise<HeldView> =>
  request(`/held/${encodeURIComponent(id)}/${what}`, { method: 'POST' })
export const listBans = async (): Promise<BanView[]> => (await request<List<BanView>>('/bans')).items
export const addBan = (ban: NewBan): Promise<BanView> => request('/bans', { method: 'POST', body: ban })
export const removeBan = (id: string): Promise<void> => request(`/bans/${encodeURIComponent(id)}`, { method: 'DELETE' })
