import { request } from './client'
import type { Me } from './types'

export const logIn = (username: string, password: string): Promise<Me> =>
  request('/session', { method: 'POST', body: { username, password } })
export const logOut = (): Promise<void> => request('/session', { method: 'DELETE' })
export const getMe = (): Promise<Me> => request('/me')
