/** Whether this browser is rung through its push service while the page is closed, and the test of it. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { pushDoor, type PushReport } from '@/api/push'
import type { Locale } from '@/i18n'
import { deviceName } from '@/shell/device'

/** A browser whose push service cannot be reached never answers at all. */
const WAIT_MS = 12_000

/** Where a side's service worker lives, its door of the API, and where this browser remembers what it is there. */
const SIDES = {
  worker: { scope: '/worker/', door: pushDoor('/workers/me/push'), stored: 'wardline.worker.push' },
  desk: { scope: '/console/', door: pushDoor('/me/push'), stored: 'wardline.desk.push' },
} as const
export type PushSide = keyof typeof SIDES

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

/** The side's service worker, once it runs: `ready` would wait for one whose scope holds this page. */
async function startWorker(scope: string): Promise<ServiceWorkerRegistration> {
  const registration = await navigator.serviceWorker.register(`${scope}sw.js`, { scope })
  const coming = registration.installing
  if (!registration.active && coming)
    await new Promise<void>((resolve) =>
      coming.addEventListener('statechange', () => coming.state === 'activated' && resolve()),
    )
  return registration
}

async function drop(side: PushSide): Promise<void> {
  const { scope, door, stored } = SIDES[side]
  const id = localStorage.getItem(stored)
  if (!id) return
  localStorage.removeItem(stored)
  const registration = await navigator.serviceWorker?.getRegistration(scope)
  await (await registration?.pushManager.getSubscription())?.unsubscribe().catch(() => false)
  await door.remove(id).catch(() => undefined)
}
/** Whoever logs out of this browser is not rung on it any more. */
export async function dropPush(): Promise<void> {
  await Promise.all([drop('worker'), drop('desk')]).catch(() => undefined)
}

const make = (side: PushSide) =>
  defineStore(`push.${side}`, () => {
    const { scope, door, stored } = SIDES[side]
    const state = ref<PushState>(supported() ? 'off' : 'unsupported')
    const reports = shallowRef<PushReport[] | null>(null)
    const isOn = computed(() => state.value === 'on')

    async function tell(subscription: PushSubscription, language: Locale): Promise<void> {
      const { endpoint, keys } = subscription.toJSON()
      const made = await door.add({ endpoint, keys, language, device: deviceName(navigator.userAgent) })
      localStorage.setItem(stored, made.id)
      state.value = 'on'
    }

    /** At the page's start: whether what was switched on still holds, on both sides. */
    async function load(language: Locale): Promise<void> {
      const id = localStorage.getItem(stored)
      if (!supported() || !id) return
      const registration = await navigator.serviceWorker.getRegistration(scope)
      const found = await registration?.pushManager.getSubscription()
      if (!found) return void localStorage.removeItem(stored)
      const known = (await door.list()).items.find((each) => each.id === id)
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
        const [registration, { public_key: key }] = await within(
          Promise.all([startWorker(scope), door.getKey()]),
          WAIT_MS,
        )
        const options = { userVisibleOnly: true, applicationServerKey: fromBase64(key) }
        await tell(await within(registration.pushManager.subscribe(options), WAIT_MS), language)
      } catch {
        state.value = 'unreachable'
      }
    }
    async function turnOff(): Promise<void> {
      state.value = 'off'
      reports.value = null
      await drop(side)
    }
    async function test(): Promise<void> {
      reports.value = null
      reports.value = (await door.test()).items
    }
    return { state, isOn, reports, load, turnOn, turnOff, test }
  })

const STORES = { worker: make('worker'), desk: make('desk') }
export const usePush = (side: PushSide) => STORES[side]()
