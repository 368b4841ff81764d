/**
 * What the worker has asked for and the server has not yet heard. It is kept in IndexedDB, sent in order, one at a
 * time, and again until there is an answer; each carries its own Idempotency-Key, so that again is never twice.
 */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { explain } from '@/actions/explain'
import { command as give, getCase } from '@/api/cases'
import { ApiProblem, newKey } from '@/api/client'
import type { CaseDetail, CaseView, Media } from '@/api/types'
import { upload } from '@/api/upload'
import { type Keep, openKeep } from '@/device/keep'
import { useWords } from '@/i18n'
import { useLive } from '@/state/live'
import { useSession } from '@/state/session'
import { byAge, judge, nextOp, type Op, pauseMs, type Photo, worn } from './queue'
import { ahead, isSoAlready, type StepCommand } from './steps'

const LOCK = 'wardline.outbox'

/** Two windows of one phone send one after the other (the server would keep them apart too, by the keys). */
function alone(work: () => Promise<void>): Promise<unknown> {
  return 'locks' in navigator ? navigator.locks.request(LOCK, work) : work()
}

export const useOutbox = defineStore('outbox', () => {
  const live = useLive()
  const session = useSession()
  const { t } = useWords()
  const ops = shallowRef<Op[]>([])
  const durable = ref(true)
  const needsLogin = ref(false)
  /** How far the photographs of what is being sent are, 0..1. */
  const progress = ref<number | null>(null)
  const waiting = computed(() => byAge(ops.value.filter(({ state }) => state === 'waiting' || state === 'sending')))
  const failed = computed(() => byAge(ops.value.filter(({ state }) => state === 'failed')))
  const sent = computed(() => byAge(ops.value.filter(({ state }) => state === 'sent')).reverse())
  let keep: Promise<Keep<Op>> | undefined
  let running = false
  let timer: ReturnType<typeof setTimeout> | undefined

  const me = (): string => session.me?.worker_id ?? ''
  const opened = (): Promise<Keep<Op>> =>
    (keep ??= openKeep<Op>(`wardline.outbox.${session.me?.username ?? ''}`, ({ key }) => key))

  async function save(op: Op): Promise<void> {
    ops.value = [...ops.value.filter(({ key }) => key !== op.key), op]
    await (await opened()).put(op)
  }
  async function forget(op: Op): Promise<void> {
    ops.value = ops.value.filter(({ key }) => key !== op.key)
    await (await opened()).remove(op.key)
  }

  async function load(): Promise<void> {
    const found = await opened()
    durable.value = found.durable
    // What was on its way when the page closed is sent again.
    ops.value = (await found.list()).map((op) => (op.state === 'sending' ? { ...op, state: 'waiting' } : op))
    for (const op of worn(ops.value, Date.now())) await forget(op)
    void drain()
  }

  async function add(item: CaseView, command: StepCommand, data: Op['data'] = {}, blobs: Blob[] = []): Promise<void> {
    await save({
      key: newKey(),
      caseId: item.id,
      number: item.number,
      title: item.category.name,
      command,
      data,
      photos: blobs.map((blob): Photo => ({ key: newKey(), blob, id: '' })),
      at: new Date(live.nowMs()).toISOString(),
      state: 'waiting',
      tries: 0,
      problem: '',
      sentAt: '',
    })
    void drain()
  }

  async function sendPhotos(op: Op): Promise<Op> {
    let current = op
    for (const [index, photo] of op.photos.entries()) {
      if (photo.id || !photo.blob) continue
      const form = new FormData()
      form.append('file', photo.blob, 'photo.jpg')
      const stored = await upload<Media>('/media', form, {
        idempotencyKey: photo.key,
        onProgress: (share) => {
          progress.value = (index + share) / op.photos.length
        },
      })
      const photos = current.photos.map((each) =>
        each.key === photo.key ? { ...each, blob: null, id: stored.id } : each,
      )
      current = { ...current, photos }
      await save(current)
    }
    return current
  }

  async function send(op: Op): Promise<CaseDetail> {
    const ready = await sendPhotos(op)
    const media = ready.photos.map(({ id }) => id)
    const data = media.length ? { ...ready.data, media } : ready.data
    return give(ready.caseId, ready.command, data, { idempotencyKey: ready.key })
  }

  const done = (op: Op, item: CaseView): Promise<void> => {
    live.put(item)
    const photos = op.photos.map((photo) => ({ ...photo, blob: null }))
    return save({ ...op, photos, state: 'sent', problem: '', sentAt: new Date(live.nowMs()).toISOString() })
  }

  /** A refusal is looked at once more: perhaps it is so already, perhaps the case has gone on without me. */
  async function refuse(op: Op, error: unknown): Promise<void> {
    if (error instanceof ApiProblem && error.status === 409) {
      const now = await getCase(op.caseId).catch(() => null)
      if (now && isSoAlready(op.command, now, me())) return done(op, now)
      if (now) live.put(now)
      const words = now ? t('outbox.conflict', { stage: t(`stage.${now.stage}`) }) : explain(error, t)
      return save({ ...op, state: 'failed', problem: words })
    }
    if (error instanceof ApiProblem && (error.status === 404 || error.status === 403))
      return save({ ...op, state: 'failed', problem: t('outbox.notMine') })
    return save({ ...op, state: 'failed', problem: explain(error, t) })
  }

  /** Send one; false where it is no use to go on now. */
  async function attempt(op: Op): Promise<boolean> {
    await save({ ...op, state: 'sending' })
    const current = (): Op => ops.value.find(({ key }) => key === op.key) ?? op // with the photographs that got through
    try {
      const item = await send(op)
      await done(current(), item)
      return true
    } catch (error) {
      const verdict = judge(error)
      if (verdict === 'failed') {
        await refuse(current(), error)
        return true
      }
      needsLogin.value = verdict === 'login'
      await save({ ...current(), state: 'waiting', tries: op.tries + 1, problem: explain(error, t) })
      if (verdict === 'later') timer = setTimeout(() => void drain(), pauseMs(op.tries))
      return false
    } finally {
      progress.value = null
    }
  }

  async function drain(): Promise<void> {
    if (running) return
    running = true
    clearTimeout(timer)
    try {
      await alone(async () => {
        for (let op = nextOp(ops.value); op && (await attempt(op)); op = nextOp(ops.value)) needsLogin.value = false
      })
    } finally {
      running = false
    }
  }

  const retry = async (op: Op): Promise<void> => {
    await save({ ...op, state: 'waiting', tries: 0, problem: '' })
    void drain()
  }
  /** Give up on one, and on what was asked after it for the same case. */
  const discard = async (op: Op): Promise<void> => {
    const later = ops.value.filter(
      ({ caseId, state, at }) => caseId === op.caseId && state === 'waiting' && at >= op.at,
    )
    for (const each of [op, ...later]) await forget(each)
    void drain()
  }

  window.addEventListener('online', () => void drain())
  watch(
    () => live.status,
    (status) => status === 'live' && void drain(),
  )
  const view = (item: CaseView): CaseView => ahead(item, waiting.value)
  const opOf = (caseId: string): Op | undefined =>
    failed.value.find((op) => op.caseId === caseId) ?? waiting.value.find((op) => op.caseId === caseId)
  return { ops, waiting, failed, sent, durable, needsLogin, progress, load, add, retry, discard, drain, view, opOf }
})
