/**
 * Stands between the worker's page and the net: the page and its files, the city's map, pictures of cases, and push.
 *
 * What the worker does meanwhile waits in the page's own outbox; nothing but GET is ever answered from here. A new
 * version waits until the page says so: nobody loses what he is writing.
 */
import { cacheNames } from 'workbox-core'
import {
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  precacheAndRoute,
  type PrecacheEntry,
} from 'workbox-precaching'
import { createPartialResponse } from 'workbox-range-requests'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { ringBell } from './bell'

declare const self: ServiceWorkerGlobalScope
/** Put in by the build: the page, and the files that it is made of. */
declare const __PRECACHE__: PrecacheEntry[]

const MAP_URL = '/basemap/city.pmtiles'
const MAP_CACHE = 'wardline-map'
const MEDIA_CACHE = 'wardline-media'
/** Pictures of cases, the latest: a day's work on one phone. */
const MEDIA_MAX = 150

precacheAndRoute(__PRECACHE__, { ignoreURLParametersMatching: [/.*/] })
cleanupOutdatedCaches()
registerRoute(new NavigationRoute(createHandlerBoundToURL('/worker/'), { allowlist: [/^\/worker\//] }))

// --- the map: one file, read a few kilobytes at a time ----------------------------------------------------------

registerRoute(
  ({ url }) => url.pathname === MAP_URL,
  async ({ request }) => {
    const held = await (await caches.open(MAP_CACHE)).match(MAP_URL)
    if (!held) return fetch(request)
    return request.headers.has('range') ? createPartialResponse(request, held) : held
  },
)

async function tellAll(message: Record<string, unknown>): Promise<void> {
  for (const client of await self.clients.matchAll({ type: 'window' })) client.postMessage(message)
}

/** Have the whole map on the phone, unless it is larger than that; a map that has changed takes the old one's place. */
async function keepMap(maxBytes: number): Promise<void> {
  const cache = await caches.open(MAP_CACHE)
  const held = await cache.match(MAP_URL)
  const size = (response: Response): number => Number(response.headers.get('content-length') ?? 0)
  const tell = (state: string, bytes: number): Promise<void> => tellAll({ type: 'map', state, bytes })
  if (held) await tell('kept', size(held))
  try {
    const head = await fetch(MAP_URL, { method: 'HEAD', cache: 'no-store' })
    if (!head.ok || (held && held.headers.get('etag') === head.headers.get('etag'))) return
    if (size(head) > maxBytes) return await tell(held ? 'kept' : 'none', size(head))
    await tell('loading', size(head))
    const whole = await fetch(MAP_URL, { cache: 'no-store' })
    if (whole.status !== 200) throw new Error(`HTTP ${whole.status}`)
    await cache.put(MAP_URL, whole.clone())
    await tell('kept', size(whole))
  } catch {
    if (!held) await tell('failed', 0) // no line now: the next start tries again
  }
}

// --- pictures of cases: named by their content, so that they never change -----------------------------------------

registerRoute(
  ({ url, request }) => url.pathname.startsWith('/api/v1/media/') && !request.headers.has('range'),
  async ({ request }) => {
    const cache = await caches.open(MEDIA_CACHE)
    const held = await cache.match(request.url)
    if (held) return held
    const response = await fetch(request)
    if (response.status === 200) {
      await cache.put(request.url, response.clone())
      const keys = await cache.keys()
      for (const old of keys.slice(0, Math.max(0, keys.length - MEDIA_MAX))) await cache.delete(old)
    }
    return response
  },
)

// --- life ---------------------------------------------------------------------------------------------------------

const KEPT = new Set([MAP_CACHE, MEDIA_CACHE, cacheNames.precache])
self.addEventListener('activate', (event) => {
  const begin = async (): Promise<void> => {
    for (const name of await caches.keys()) if (!KEPT.has(name)) await caches.delete(name)
    await self.clients.claim()
  }
  event.waitUntil(begin())
})

self.addEventListener('message', (event) => {
  const { type, maxBytes } = event.data as { type: string; maxBytes?: number }
  if (type === 'take-over') event.waitUntil(self.skipWaiting())
  else if (type === 'keep-map') event.waitUntil(keepMap(maxBytes ?? 0))
  else if (type === 'forget') event.waitUntil(caches.delete(MEDIA_CACHE))
})

ringBell('/worker/icon-192.png')
