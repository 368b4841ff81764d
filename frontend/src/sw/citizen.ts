/**
 * Stands between the citizen's page and the net, so that the page opens where there is no signal: its own files, and the
 * two answers that it cannot begin without, as they were last. The map and all else need a signal.
 *
 * A report is never sent from here: it waits in the page's own outbox.
 */
import {
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  precacheAndRoute,
  type PrecacheEntry,
} from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'

declare const self: ServiceWorkerGlobalScope
/** Put in by the build: the page, and the files that it is made of. */
declare const __PRECACHE__: PrecacheEntry[]

const LAST = 'wardline-report'
/** The city's names and what is asked of whom: without them there is no form. */
const NEEDED = new Set(['/api/v1/city', '/api/v1/reports/questions'])

precacheAndRoute(__PRECACHE__, { ignoreURLParametersMatching: [/.*/] })
cleanupOutdatedCaches()
// The page alone: beneath it lies the one without scripts, which is the server's.
registerRoute(new NavigationRoute(createHandlerBoundToURL('/report/'), { allowlist: [/^\/report\/(\?.*)?$/] }))

// The page that brings this worker has asked for them already, past it: so they are asked for once more.
self.addEventListener('install', (event) => {
  const hold = async (): Promise<void> => (await caches.open(LAST)).addAll([...NEEDED])
  event.waitUntil(hold().catch(() => undefined)) // the next visit that has a signal keeps them
})
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

registerRoute(
  ({ url, request }) => request.method === 'GET' && NEEDED.has(url.pathname),
  async ({ url, request }) => {
    const cache = await caches.open(LAST)
    try {
      const response = await fetch(request)
      if (response.status === 200) await cache.put(url.pathname, response.clone())
      return response
    } catch (error) {
      const held = await cache.match(url.pathname)
      if (held) return held
      throw error
    }
  },
)
