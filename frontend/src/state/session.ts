/** Who is logged in, and what he may do. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiProblem } from '@/api/client'
import { getMe, logOut as endSession } from '@/api/session'
import type { Me, Role } from '@/api/types'
import { dropPush } from './push'

/** Where each role works. */
export const HOME: Record<Role, string> = {
  dispatcher: '/console/',
  acceptor: '/console/',
  leader: '/console/',
  collector: '/console/',
  admin: '/console/',
  department_dispatcher: '/console/',
  auditor: '/admin/',
  integration: '/account/',
  supervisor: '/board/',
  worker: '/worker/',
}

export const loginUrl = (): string =>
  `/login/?next=${encodeURIComponent(location.pathname + location.search + location.hash)}`

export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null)
  const permissions = computed(() => new Set(me.value?.permissions ?? []))

  /** Load who is logged in; sends to the login screen when nobody is. False then. */
  async function require(): Promise<boolean> {
    try {
      me.value = await getMe()
      return true
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) {
        location.replace(loginUrl())
        return false
      }
      throw error
    }
  }

  async function logOut(): Promise<void> {
    await dropPush()
    await endSession().catch(() => undefined)
    location.assign('/login/')
  }
  return { me, permissions, require, logOut }
})
