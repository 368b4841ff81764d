/** Parcels to partner systems, and how it goes with each partner. */
import { request } from './client'
import type { components } from './schema'

export type ParcelView = components['schemas']['ParcelView']
export type PartnerView = components['schemas']['PartnerView']
export type ParcelState = 'dead' | 'waiting' | 'settled'
interface List<T> {
  items: T[]
  next: string | null
}

export const listParcels = (state: ParcelState, after: string | null): Promise<List<ParcelView>> =>
  request('/parcels', { query: { state, after } })
export const listPartners = async (): Promise<PartnerView[]> => (await request<List<PartnerView>>('/partners')).items
export const retryParcel = (id: string): Promise<ParcelView> =>
  request(`/parcels/${encodeURIComponent(id)}/retry`, { method: 'POST' })
export const giveUpParcel = (id: string): Promise<ParcelView> =>
  request(`/parcels/${encodeURIComponent(id)}/give-up`, { method: 'POST' })
