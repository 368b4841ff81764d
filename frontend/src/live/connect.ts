/**
 * The socket to `/ws/live`: subscribes, resumes from the last seq, and comes back by itself.
 *
 * It knows no state. Frames go to `onFrame`; how it is doing goes to `onStatus`.
 */
import type { Frame, Topic } from './messages'

export type LiveStatus = 'connecting' | 'catching-up' | 'live' | 'stale' | 'refused'

/** The server promises a heartbeat every 15 s; two missed and the line counts as dead. */
const SILENCE_MS = 35_000
/** A desk's server beats every 4 s (services/live/socket.py): two missed, and the desk says so within ten seconds. */
export const DESK_SILENCE_MS = 9_000
const FIRST_DELAY_MS = 1_000
const LONGEST_DELAY_MS = 30_000
/** Close codes after which trying again with the same login is useless: not logged in, not allowed, bad subscription. */
const REFUSED = new Set([4400, 4401, 4403])

/** Exponential with full jitter between half and all of the step, so that a restart does not bring everybody at once. */
export function backoffMs(attempt: number, random: number): number {
  const step = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10))
  return Math.round(Math.max(FIRST_DELAY_MS, step * (0.5 + random / 2)))
}

export interface LiveOptions {
  topics: Topic[]
  area?: string | null
  /** Ask for a snapshot in parts: for screens of very many cases. */
  inParts?: boolean
  /** Without a frame for so long the line counts as dead. */
  silenceMs?: number
  onFrame: (frame: Frame) => void
  onStatus: (status: LiveStatus, closeCode?: number) => void
}

export interface LiveConnection {
  close: () => void
  /** Forget what is held and ask for a new snapshot. */
  resync: () => void
  /** Connect now, where the next try would only come later. */
  hurry: () => void
}

export function connectLive(options: LiveOptions): LiveConnection {
  let socket: WebSocket | undefined
  let lastSeq: number | null = null
  let pending: number | null = null
  let attempt = 0
  let closed = false
  let retryTimer = 0
  let silenceTimer = 0

  const heard = (): void => {
    clearTimeout(silenceTimer)
    silenceTimer = window.setTimeout(drop, options.silenceMs ?? SILENCE_MS)
  }

  // A dead network does not answer the closing handshake: the socket is given up at once and its late events are ignored.
  function drop(): void {
    const dropped = socket
    socket = undefined
    dropped?.close()
    options.onStatus('stale')
    retry()
  }

  const receive = (frame: Frame): void => {
    if (frame.type === 'resync') {
      // What follows is a snapshot on this socket, or the socket's end and then a snapshot on the next one.
      lastSeq = null
      options.onStatus('catching-up')
      return
    }
    if (frame.type === 'snapshot') {
      // One that comes in parts has told nothing until its last part: a socket that breaks before that begins anew.
      pending = frame.parts && Object.values(frame.parts).some((count) => count > 0) ? frame.seq : null
      lastSeq = pending === null ? frame.seq : null
    } else if (frame.type === 'part') {
      if (frame.left === 0 && pending !== null) {
        lastSeq = pending
        pending = null
      }
    } else if (lastSeq === null && frame.type !== 'error')
      return // between resync and snapshot nothing counts
    else if (frame.type === 'heartbeat') lastSeq = frame.seq
    else if (frame.type === 'facts') lastSeq = frame.facts.at(-1)?.seq ?? lastSeq
    if (frame.type !== 'error') {
      attempt = 0
      options.onFrame(frame)
      options.onStatus(pending === null ? 'live' : 'catching-up')
    }
  }

  const retry = (): void => {
    if (closed) return
    clearTimeout(retryTimer)
    retryTimer = window.setTimeout(open, backoffMs(attempt, Math.random()))
    attempt += 1
  }

  function open(): void {
    if (closed) return
    options.onStatus(lastSeq === null ? 'connecting' : 'catching-up')
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
    const opening = new WebSocket(`${scheme}://${location.host}/ws/live`)
    socket = opening
    pending = null
    heard()
    opening.onopen = () =>
      opening.send(
        JSON.stringify({
          type: 'subscribe',
          topics: options.topics,
          after: lastSeq,
          area: options.area ?? null,
          ...(options.inParts && { snapshot: 'parts' }),
        }),
      )
    opening.onmessage = (message: MessageEvent<string>) => {
      if (socket !== opening) return
      heard()
      receive(JSON.parse(message.data) as Frame)
    }
    opening.onclose = (event) => {
      if (socket !== opening) return
      clearTimeout(silenceTimer)
      if (REFUSED.has(event.code)) {
        closed = true
        options.onStatus('refused', event.code)
        return
      }
      options.onStatus('stale', event.code)
      retry()
    }
  }

  const hurry = (): void => {
    if (closed || socket?.readyState === WebSocket.OPEN || socket?.readyState === WebSocket.CONNECTING) return
    attempt = 0
    clearTimeout(retryTimer)
    open()
  }
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') hurry()
  }
  window.addEventListener('online', hurry)
  window.addEventListener('offline', drop)
  document.addEventListener('visibilitychange', onVisible)
  open()

  return {
    hurry,
    resync: () => {
      lastSeq = null
      attempt = 0
      drop()
    },
    close: () => {
      closed = true
      clearTimeout(retryTimer)
      clearTimeout(silenceTimer)
      window.removeEventListener('online', hurry)
      window.removeEventListener('offline', drop)
      document.removeEventListener('visibilitychange', onVisible)
      socket?.close()
    },
  }
}
