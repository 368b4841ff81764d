/** Which page of the settings is open, and which row or version of it: `#/workers`, `#/history/12`. */
import { ref } from 'vue'

export interface Route {
  page: string
  item: string
}

export function readRoute(hash: string): Route {
  const [page = '', item = ''] = hash.replace(/^#\/?/, '').split('/')
  return { page: page || 'categories', item: decodeURIComponent(item) }
}
const route = ref(readRoute(location.hash))
window.addEventListener('hashchange', () => {
  route.value = readRoute(location.hash)
})
export const useRoute = (): typeof route => route
export const urlOf = (page: string, item = ''): string => `#/${page}${item && `/${encodeURIComponent(item)}`}`
export function go(page: string, item = ''): void {
  location.hash = urlOf(page, item)
}
