/**
 * The page as an app of the phone: its service worker, a new version of it, the map that lies on the phone, and the
 * browser's offer to install it.
 *
 * A new version waits until the worker takes it, and what he is writing is written down first.
 */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { flushDrafts } from './drafts'

const SCRIPT = '/worker/sw.js'
const SCOPE = '/worker/'
const LOOK_EVERY_MS = 3_600_000
/** A map that a phone fetches without being asked; a larger one waits for a tap. */
const MAP_MAX_BYTES = 40_000_000

export interface MapState {
  state: 'none' | 'loading' | 'kept' | 'failed'
  bytes: number
}
interface InstallOffer extends Event {
  prompt: () => Promise<unknown>
}
const isMapState = (data: unknown): data is MapState & { type: 'map' } =>
  typeof data === 'object' && data !== null && (data as { type?: string }).type === 'map'
const isOpening = (data: unknown): data is { type: 'open'; url: string } =>
  typeof data === 'object' && data !== null && (data as { type?: string }).type === 'open'

export const useShell = defineStore('shell', () => {
  const waiting = shallowRef<ServiceWorker | null>(null)
  const map = shallowRef<MapState>({ state: 'none', bytes: 0 })
  const offer = shallowRef<InstallOffer | null>(null)
  const supported = 'serviceWorker' in navigator
  const canUpdate = computed(() => waiting.value !== null)
  const updating = ref(false)
  let registration: ServiceWorkerRegistration | undefined

  const say = (message: Record<string, unknown>): void => registration?.active?.postMessage(message)
  function watchFor(found: ServiceWorkerRegistration): void {
    if (found.waiting && navigator.serviceWorker.controller) waiting.value = found.waiting
    found.addEventListener('updatefound', () => {
      const coming = found.installing
      coming?.addEventListener('statechange', () => {
        if (coming.state === 'installed' && navigator.serviceWorker.controller) waiting.value = coming
      })
    })
  }

  async function start(hasMap: boolean): Promise<void> {
    window.addEventListener('beforeinstallprompt', (event) => {
      event.preventDefault()
      offer.value = event as InstallOffer
    })
    window.addEventListener('appinstalled', () => (offer.value = null))
    if (!import.meta.env.PROD || !supported) return
    navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (isMapState(data)) map.value = { state: data.state, bytes: data.bytes }
      else if (isOpening(data)) location.hash = new URL(data.url, location.origin).hash
    })
    navigator.serviceWorker.addEventListener('controllerchange', () => updating.value && location.reload())
    try {
      // Refused by some private windows: the page then needs a signal to open.
      watchFor(await navigator.serviceWorker.register(SCRIPT, { scope: SCOPE }))
      registration = await navigator.serviceWorker.ready
    } catch {
      return
    }
    setInterval(() => void registration?.update().catch(() => undefined), LOOK_EVERY_MS)
    if (hasMap) say({ type: 'keep-map', maxBytes: savesData() ? 0 : MAP_MAX_BYTES })
  }
  const savesData = (): boolean => (navigator as { connection?: { saveData?: boolean } }).connection?.saveData ?? false
  const keepMap = (): void => say({ type: 'keep-map', maxBytes: Number.MAX_SAFE_INTEGER })

  /** Take the new version: first everything that is being written is put down. */
  async function update(): Promise<void> {
    updating.value = true
    await flushDrafts()
    waiting.value?.postMessage({ type: 'take-over' })
  }
  async function install(): Promise<void> {
    await offer.value?.prompt()
    offer.value = null
  }
  /** Pictures of cases do not stay on a phone from which somebody has logged out. */
  const forget = (): void => say({ type: 'forget' })
  const look = async (): Promise<void> => void (await registration?.update())
  return { canUpdate, updating, map, offer, supported, start, keepMap, update, install, forget, look }
})
