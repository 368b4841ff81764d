/** Accounts, roles, sessions, tokens and the audit, for those who look after them. */
import type { SessionView, TokenView } from './account'
import { request, toQuery } from './client'
import type { components } from './schema'

type Made = components['schemas']
export type AccountView = Made['AccountView']
export type MadeAccount = Made['MadeAccount']
export type Matrix = Made['Matrix']
export type RoleView = Made['RoleView']
export type NamedGrant = Made['NamedGrant']
export type DeedView = Made['DeedView']
export type ChainState = Made['ChainState']
type List<T> = { items: T[]; next: string | null }

/** What an account says of its person, its role and its bounds. */
export interface AccountFields {
  role: string
  name_zh: string
  name_en: string
  worker_id: string
  department: string
  area: string
}
export interface RoleFields {
  name_zh: string
  name_en: string
  permissions: string[]
  commands: string[]
}

const user = (name: string): string => `/users/${encodeURIComponent(name)}`

export const listAccounts = async (): Promise<AccountView[]> => (await request<List<AccountView>>('/users')).items
export const addAccount = (username: string, fields: AccountFields, password: string): Promise<MadeAccount> =>
  request('/users', { method: 'POST', body: { username, ...fields, password: password || null } })
export const changeAccount = (
  name: string,
  change: Partial<AccountFields> & { disabled?: boolean },
): Promise<AccountView> => request(user(name), { method: 'PATCH', body: change })
export const resetPassword = async (name: string): Promise<string> =>
  (await request<Made['Password']>(`${user(name)}/password`, { method: 'POST' })).password
export const resetFactor = (name: string): Promise<void> => request(`${user(name)}/totp/remove`, { method: 'POST' })
export const revokeSessions = (name: string): Promise<void> => request(`${user(name)}/sessions`, { method: 'DELETE' })

export const getRoles = (): Promise<Matrix> => request('/roles')
export const addRole = (id: string, base: string, fields: RoleFields): Promise<RoleView> =>
  request('/roles', { method: 'POST', body: { id, base, ...fields } })
export const changeRole = (id: string, fields: RoleFields): Promise<RoleView> =>
  request(`/roles/${id}`, { method: 'PUT', body: fields })
export const removeRole = (id: string): Promise<void> => request(`/roles/${id}`, { method: 'DELETE' })

export const listSessions = async (): Promise<SessionView[]> => (await request<List<SessionView>>('/sessions')).items
export const revokeSession = (id: string): Promise<void> => request(`/sessions/${id}`, { method: 'DELETE' })
export const listTokens = async (): Promise<TokenView[]> => (await request<List<TokenView>>('/tokens')).items
export const revokeToken = (id: string): Promise<void> => request(`/tokens/${id}`, { method: 'DELETE' })

/** Which acts; empty text wants all. `from` and `to` are instants. */
export type DeedQuery = Record<'username' | 'subject' | 'action' | 'from' | 'to', string>
export const listDeeds = (query: DeedQuery, after: string | null): Promise<List<DeedView>> =>
  request('/audit', { query: { ...query, after, limit: 100 } })
export const listActions = async (): Promise<string[]> => (await request<List<string>>('/audit/actions')).items
export const checkChain = (): Promise<ChainState> => request('/audit/chain')
export const exportUrl = (query: DeedQuery): string => `/api/v1/audit.csv${toQuery(query)}`
