import { request } from './client'
import type { components } from './schema'
import type { Me } from './types'

/** `totp` is a code of the second factor, or a recovery code, where the account has one. */
export const logIn = (username: string, password: string, totp = ''): Promise<Me> =>
  request('/session', { method: 'POST', body: { username, password, ...(totp && { totp }) } })
export const logOut = (): Promise<void> => request('/session', { method: 'DELETE' })
export const getMe = (): Promise<Me> => request('/me')
export const getWays = (): Promise<components['schemas']['Ways']> => request('/session/ways')
