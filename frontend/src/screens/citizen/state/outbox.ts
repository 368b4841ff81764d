/**
 * Reports that are on their way: put down on this device first, sent when there is a signal, and again until there is an
 * answer. Each has its own Idempotency-Key, so that again is never twice.
 */
import { computed, ref, shallowRef } from 'vue'
import { ApiProblem } from '@/api/client'
import { type Receipt, type ReportFields, sendReport } from '@/api/reports'
import { type Keep, keepForGood, openKeep } from '@/device/keep'
import { useMine } from './mine'

export interface Waiting {
  key: string
  fields: ReportFields & { language: 'zh' | 'en' }
  photos: Blob[]
  at: string
  tries: number
}
export interface Gone extends Receipt {
  text: string
}
const LOCK = 'wardline.reports'
const FIRST_MS = 3_000
/** A phone in a pocket in a tunnel: not every few seconds. */
const LONGEST_MS = 120_000
export const pauseMs = (tries: number): number => Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 8))

/** The server has looked at it and does not want it: again is no use. What passes with time is tried again. */
const PASSING = new Set([408, 409, 425, 429])
export const isFinal = (error: unknown): boolean =>
  error instanceof ApiProblem && error.status < 500 && !PASSING.has(error.status)

const alone = <T>(work: () => Promise<T>): Promise<T> =>
  'locks' in navigator ? (navigator.locks.request(LOCK, work) as Promise<T>) : work()

const waiting = shallowRef<Waiting[]>([])
const gone = shallowRef<Gone[]>([])
const sending = ref('')
const progress = ref(0)
let keep: Promise<Keep<Waiting>> | undefined
let timer: ReturnType<typeof setTimeout> | undefined
let started = false

const opened = (): Promise<Keep<Waiting>> => (keep ??= openKeep<Waiting>('wardline.report.outbox', ({ key }) => key))

async function load(): Promise<void> {
  waiting.value = (await (await opened()).list()).sort((one, other) => one.at.localeCompare(other.at))
}
async function put(one: Waiting): Promise<void> {
  await (await opened()).put(one)
  await load()
}
async function remove(key: string): Promise<void> {
  await (await opened()).remove(key)
  await load()
}

/** Send one that is put down; null where another window has sent it. Throws what `sendReport` throws. */
function send(key: string): Promise<Receipt | null> {
  return alone(async () => {
    const one = await (await opened()).find(key)
    if (!one) return null
    sending.value = key
    progress.value = 0
    try {
      const receipt = await sendReport(one.fields, one.photos, key, (share) => (progress.value = share))
      // First the link is kept, then what waits is let go: whatever ends the page between, nothing is lost.
      useMine().add({ ...receipt, text: one.fields.text, at: new Date().toISOString() })
      await remove(key)
      return receipt
    } finally {
      sending.value = ''
    }
  })
}

/** Send all that waits, one after the other, until one does not get through. */
async function drain(): Promise<void> {
  clearTimeout(timer)
  await load()
  for (const one of waiting.value.filter(({ tries }) => tries >= 0)) {
    try {
      const receipt = await send(one.key)
      if (receipt) gone.value = [...gone.value, { ...receipt, text: one.fields.text }]
    } catch (error) {
      await put({ ...one, tries: isFinal(error) ? -1 : one.tries + 1 })
      if (isFinal(error)) continue
      timer = setTimeout(() => void drain(), pauseMs(one.tries))
      return
    }
  }
}

function start(): void {
  if (started) return
  started = true
  window.addEventListener('online', () => void drain())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && waiting.value.length) void drain()
  })
  void drain()
}

export const useOutbox = () => ({
  waiting,
  gone,
  sending,
  progress,
  /** Whether one was refused (`tries` < 0): it is looked at again by who wrote it. */
  refused: computed(() => waiting.value.filter(({ tries }) => tries < 0)),
  start,
  put: async (one: Waiting): Promise<void> => {
    void keepForGood().catch(() => false)
    await put(one)
  },
  send,
  drain,
  /** Try again in a while: the first time did not get through. */
  later: (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => void drain(), FIRST_MS)
  },
  remove,
  isDurable: async (): Promise<boolean> => (await opened()).durable,
})
