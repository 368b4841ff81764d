/**
 * The page without a signal: a service worker gives the page itself (over HTTPS), this the tasks as they last were.
 *
 * They are shown until the live state comes, and said to be old.
 */
import type { CaseView } from '@/api/types'
import { type Keep, openKeep } from '@/device/keep'

/** Tasks change in bursts: one write for all. */
const SAVE_MS = 1_000

/** What the page begins with, beside its hashed files. */
const PAGE = ['/worker/', '/boot.js', '/icon.svg', '/api/v1/me', '/api/v1/city', '/api/v1/workers/me']

export function registerShell(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  // Refused by some private windows: the page then needs a signal to open.
  void navigator.serviceWorker.register('/worker/sw.js', { scope: '/worker/' }).catch(() => undefined)
  void navigator.serviceWorker.ready.then(({ active }) => {
    const files = performance.getEntriesByType('resource').map(({ name }) => new URL(name))
    const assets = files.filter(({ pathname }) => pathname.startsWith('/assets/')).map(({ href }) => href)
    active?.postMessage({ keep: [...PAGE, ...assets] })
  })
}

interface Kept {
  id: 'tasks'
  tasks: CaseView[]
  atMs: number
}

export function keepTasks(username: string) {
  const keep: Promise<Keep<Kept>> = openKeep<Kept>(`wardline.tasks.${username}`, ({ id }) => id)
  let timer: ReturnType<typeof setTimeout> | undefined
  return {
    find: async (): Promise<CaseView[]> => (await (await keep).list())[0]?.tasks ?? [],
    save: (tasks: CaseView[]): void => {
      clearTimeout(timer)
      timer = setTimeout(async () => (await keep).put({ id: 'tasks', tasks, atMs: Date.now() }), SAVE_MS)
    },
  }
}
