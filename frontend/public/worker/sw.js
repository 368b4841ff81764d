// The worker's page without a signal: the page itself, its files, and who the worker is, as they were last time.
// What he does meanwhile waits in the page's own outbox; nothing but GET is ever answered from here.
const SHELL = 'wardline-shell-1'
const FACTS = 'wardline-facts-1'
/** Answers that the page cannot begin without. They leave when the login ends. */
const KEPT = new Set(['/api/v1/me', '/api/v1/city', '/api/v1/workers/me'])
const PATIENCE_MS = 4000
/** Files of a few builds; the oldest go first. */
const FILES_MAX = 80

self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => {
  const drop = async () => {
    for (const name of await caches.keys()) if (![SHELL, FACTS].includes(name)) await caches.delete(name)
    await self.clients.claim()
  }
  event.waitUntil(drop())
})

// The first page is loaded before this worker stands between: it tells what it has loaded.
self.addEventListener('message', (event) => {
  const keep = async () => {
    const shell = await caches.open(SHELL)
    const facts = await caches.open(FACTS)
    for (const url of event.data.keep) {
      const cache = KEPT.has(new URL(url, location.origin).pathname) ? facts : shell
      if (!(await cache.match(url))) await cache.add(url).catch(() => undefined) // the net went: next time then
    }
    const held = await shell.keys()
    for (const request of held.slice(0, Math.max(0, held.length - FILES_MAX))) await shell.delete(request)
  }
  event.waitUntil(keep())
})

async function fromNet(request, cacheName) {
  const response = await fetch(request)
  if (response.status === 401) await caches.delete(FACTS)
  if (response.ok) await (await caches.open(cacheName)).put(request, response.clone())
  return response
}

/** The net, unless it fails or dawdles while we have something. */
async function netFirst(request, cacheName) {
  const held = await caches.match(request, { ignoreSearch: true })
  const net = fromNet(request, cacheName)
  if (!held) return net
  const late = new Promise((resolve) => setTimeout(() => resolve(held.clone()), PATIENCE_MS))
  return Promise.race([net.catch(() => held), late])
}

const heldFirst = async (request) => (await caches.match(request)) ?? fromNet(request, SHELL)

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin) return
  if (url.pathname.startsWith('/assets/')) event.respondWith(heldFirst(request))
  else if (KEPT.has(url.pathname)) event.respondWith(netFirst(request, FACTS))
  else if (request.mode === 'navigate' || ['/boot.js', '/icon.svg'].includes(url.pathname))
    event.respondWith(netFirst(request, SHELL))
})
