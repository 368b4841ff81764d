/**
 * The form, one report by its private token, the public map, a public case, or what one wants to be told of. The token stands behind `#`, which no
 * server's log ever sees.
 */
import { ref } from 'vue'

export type Route =
  | { page: 'form' }
  | { page: 'follow'; token: string; fresh: boolean }
  | { page: 'map' }
  | { page: 'tell' }
  | { page: 'case'; number: string }

export function readRoute(hash: string): Route {
  const [path = ''] = hash.replace(/^#\/?/, '').split('?')
  const [page, token, extra] = path.split('/')
  if (page === 'map' || page === 'tell') return { page }
  if (page === 'case' && token) return { page, number: token }
  return page === 'follow' && token ? { page, token, fresh: extra === 'new' } : { page: 'form' }
}
const route = ref(readRoute(location.hash))
window.addEventListener('hashchange', () => {
  route.value = readRoute(location.hash)
  window.scrollTo(0, 0)
})
export const useRoute = (): typeof route => route
export const followUrl = (token: string): string => `${location.origin}${location.pathname}#/follow/${token}`
