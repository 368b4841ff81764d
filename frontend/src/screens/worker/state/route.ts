/** Which page of the phone, from the address' hash: the phone's own back button works. */
import { ref } from 'vue'

export const PAGES = ['tasks', 'find', 'done', 'outbox', 'me'] as const
export type PageName = (typeof PAGES)[number]
export type Route = { page: PageName } | { page: 'task'; id: string }

export function readRoute(hash: string): Route {
  const [page, id] = hash.replace(/^#\/?/, '').split('/')
  if (page === 'task' && id) return { page: 'task', id: decodeURIComponent(id) }
  return { page: PAGES.find((name) => name === page) ?? 'tasks' }
}

const route = ref<Route>(readRoute(location.hash))
window.addEventListener('hashchange', () => {
  route.value = readRoute(location.hash)
  window.scrollTo(0, 0)
})
export const useRoute = (): typeof route => route
export const taskHref = (id: string): string => `#/task/${encodeURIComponent(id)}`
