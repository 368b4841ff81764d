/** Browsers that may be rung through their push services: a worker's by his own door, anybody else's by the desk's. */
import { request } from './client'
import type { components } from './schema'
import type { Page } from './types'

type Made = components['schemas']
export type PushBrowser = Made['SubscriptionView']
export type PushReport = Made['Report']

/** What can be asked at one of the doors. */
export interface PushDoor {
  getKey(): Promise<{ public_key: string }>
  list(): Promise<Page<PushBrowser>>
  add(body: Record<string, unknown>): Promise<PushBrowser>
  remove(id: string): Promise<void>
  test(): Promise<{ items: PushReport[] }>
}

export const pushDoor = (path: '/workers/me/push' | '/me/push'): PushDoor => ({
  getKey: () => request(`${path}/key`),
  list: () => request(path),
  add: (body) => request(path, { method: 'POST', body }),
  remove: (id) => request(`${path}/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  test: () => request(`${path}/test`, { method: 'POST' }),
})
