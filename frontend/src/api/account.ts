/** One's own account: password, second factor, sessions, tokens. */
import { request } from './client'
import type { components } from './schema'

type Made = components['schemas']
export type FactorState = Made['FactorState']
export type Enrolment = Made['Enrolment']
export type SessionView = Made['SessionView']
export type TokenView = Made['TokenView']
export type MadeToken = Made['MadeToken']
type List<T> = { items: T[] }

export const changePassword = (current: string, next: string): Promise<void> =>
  request('/me/password', { method: 'POST', body: { current, new: next } })

export const getFactor = (): Promise<FactorState> => request('/me/totp')
export const beginFactor = (password: string): Promise<Enrolment> =>
  request('/me/totp', { method: 'POST', body: { password } })
export const confirmFactor = async (code: string): Promise<string[]> =>
  (await request<Made['RecoveryCodes']>('/me/totp/confirm', { method: 'POST', body: { code } })).codes
export const renewCodes = async (password: string): Promise<string[]> =>
  (await request<Made['RecoveryCodes']>('/me/totp/recovery-codes', { method: 'POST', body: { password } })).codes
export const removeFactor = (password: string): Promise<void> =>
  request('/me/totp/remove', { method: 'POST', body: { password } })

export const listOwnSessions = async (): Promise<SessionView[]> =>
  (await request<List<SessionView>>('/me/sessions')).items
export const endOwnSession = (id: string): Promise<void> => request(`/me/sessions/${id}`, { method: 'DELETE' })
export const endOtherSessions = (): Promise<void> => request('/me/sessions', { method: 'DELETE' })

export const listOwnTokens = async (): Promise<TokenView[]> => (await request<List<TokenView>>('/me/tokens')).items
/** `scopes` null: all that the account has. */
export const addToken = (label: string, days: number, scopes: string[] | null): Promise<MadeToken> =>
  request('/me/tokens', { method: 'POST', body: { label, days, scopes } })
export const removeOwnToken = (id: string): Promise<void> => request(`/me/tokens/${id}`, { method: 'DELETE' })
