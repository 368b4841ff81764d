/** Whether this browser is rung through its push service while the page is closed, and the test of it. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import {
  addPushBrowser,
  getPushKey,
  listPushBrowsers,
  type PushReport,
  removePushBrowser,
  testPush,
} from '@/api/worker'
import type { Locale } from '@/i18n'

/** A browser whose push service cannot be reached never answers at all. */
const WAIT_MS = 12_000
const STORED = 'wardline.worker.push'

export type PushState = 'off' | 'on' | 'busy' | 'denied' | 'unreachable' | 'unsupported'

const supported = (): boolean =>
  window.isSecureContext && 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window

function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  return Promise.race([promise, new Promise<T>((_, reject) => setTimeout(() => reject(new Error('no answer')), ms))])
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const padded = text.replace(/-/g, '+').replace(/_/g, '/') + '='.repeat((4 - (text.length % 4)) % 4)
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0))
}

/** What the worker calls his device by, as far as it tells. */
export function deviceName(agent: string): string {
  const first = (names: string[]): string => names.find((name) => agent.includes(name)) ?? ''
  const system = first(['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS X', 'Linux']).replace('Mac OS X', 'Mac')
  const browser = first(['Edg', 'Firefox', 'Chrome', 'Safari']).replace('Edg', 'Edge')
  return [system, browser].filter(Boolean).join(' · ')
}

export const usePush = defineStore('push', () => {
  const state = ref<PushState>(supported() ? 'off' : 'unsupported')
  const reports = shallowRef<PushReport[] | null>(null)
  const id = ref(localStorage.getItem(STORED) ?? '')
  const isOn = computed(() => state.value === 'on')

  async function tell(subscription: PushSubscription, language: Locale): Promise<void> {
    const { endpoint, keys } = subscription.toJSON()
    const made = await addPushBrowser({ endpoint, keys, language, device: deviceName(navigator.userAgent) })
    id.value = made.id
    localStorage.setItem(STORED, made.id)
    state.value = 'on'
  }

  /** At the page's start: whether what was switched on still holds, on both sides. */
  async function load(language: Locale): Promise<void> {
    if (!supported() || !id.value) return
    const registration = await navigator.serviceWorker.getRegistration('/worker/')
    const found = await registration?.pushManager.getSubscription()
    if (!found) return void localStorage.removeItem(STORED)
    const known = (await listPushBrowsers()).items.find((each) => each.id === id.value)
    if (known && known.language === language) state.value = 'on'
    else await tell(found, language)
  }

  async function turnOn(language: Locale): Promise<void> {
    state.value = 'busy'
    reports.value = null
    try {
      if ((await Notification.requestPermission()) !== 'granted') {
        state.value = 'denied'
        return
      }
      const [registration, { public_key: key }] = await Promise.all([navigator.serviceWorker.ready, getPushKey()])
      const options = { userVisibleOnly: true, applicationServerKey: fromBase64(key) }
      await tell(await within(registration.pushManager.subscribe(options), WAIT_MS), language)
    } catch {
      state.value = 'unreachable'
    }
  }
  async function turnOff(): Promise<void> {
    const gone = id.value
    id.value = ''
    localStorage.removeItem(STORED)
    state.value = 'off'
    reports.value = null
    const registration = await navigator.serviceWorker?.getRegistration('/worker/')
    await (await registration?.pushManager.getSubscription())?.unsubscribe().catch(() => false)
    if (gone) await removePushBrowser(gone).catch(() => undefined)
  }
  async function test(): Promise<void> {
    reports.value = null
    reports.value = (await testPush()).items
  }
  return { state, isOn, reports, load, turnOn, turnOff, test }
})
