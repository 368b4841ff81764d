/** Rings at a desk whose console is closed. It keeps no file and answers no request: without a line a desk has no case. */
import { ringBell } from './bell'

declare const self: ServiceWorkerGlobalScope

self.addEventListener('install', (event) => event.waitUntil(self.skipWaiting()))
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

ringBell('/worker/icon-192.png')
