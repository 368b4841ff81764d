/**
 * What the worker has asked for and the server has not yet heard. It is kept in IndexedDB, sent in order, one at a
 * time, and again until there is an answer; each carries its own Idempotency-Key, so that again is never twice.
 * What can no longer be done goes into its case as a note, with its pictures: nothing that he wrote is lost.
 */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { explain } from '@/actions/explain'
import { getCase } from '@/api/cases'
import { ApiProblem, newKey } from '@/api/client'
import type { CaseView, Words } from '@/api/types'
import { type Keep, keepForGood, openKeep } from '@/device/keep'
import { useWords } from '@/i18n'
import { formatAt } from '@/i18n/format'
import { useCity } from '@/state/city'
import { useLive } from '@/state/live'
import { useSession } from '@/state/session'
import {
  type Attachment,
  bodyOf,
  byAge,
  chainOf,
  isWorthKeeping,
  judge,
  nextOp,
  type Op,
  pauseMs,
  wordsOf,
  worn,
} from './queue'
import { type Answer, sendFiles, sendLate, sendOp } from './sending'
import { keepOffset, readOffset } from './serverClock'
import { ahead, isSoAlready, type WorkerCommand } from './steps'

const LOCK = 'wardline.outbox'

/** Two windows of one phone send one after the other (the server would keep them apart too, by the keys). */
function alone(work: () => Promise<void>): Promise<unknown> {
  return 'locks' in navigator ? navigator.locks.request(LOCK, work) : work()
}

export const attach = (blobs: Blob[], field: Attachment['field'] = 'media'): Attachment[] =>
  blobs.map((blob) => ({ key: newKey(), blob, id: '', field }))

export const useOutbox = defineStore('outbox', () => {
  const live = useLive()
  const session = useSession()
  const city = useCity()
  const { t, code, locale } = useWords()
  const ops = shallowRef<Op[]>([])
  const durable = ref(true)
  const needsLogin = ref(false)
  /** How far the photographs of what is being sent are, 0..1. */
  const progress = ref<number | null>(null)
  const waiting = computed(() => byAge(ops.value.filter(({ state }) => state === 'waiting' || state === 'sending')))
  const inState = (wanted: Op['state']): Op[] => byAge(ops.value.filter(({ state }) => state === wanted))
  const failed = computed(() => inState('failed'))
  const kept = computed(() => inState('kept'))
  const sent = computed(() => inState('sent').reverse())
  let keep: Promise<Keep<Op>> | undefined
  const adding = new Set<string>()
  let running = false
  let timer: ReturnType<typeof setTimeout> | undefined

  const me = (): string => session.me?.worker_id ?? ''
  const opened = (): Promise<Keep<Op>> =>
    (keep ??= openKeep<Op>(`wardline.outbox.${session.me?.username ?? ''}`, ({ key }) => key))

  /** On the disk first: what the page shows as waiting is safe. */
  async function save(op: Op): Promise<void> {
    await (await opened()).put(op)
    ops.value = [...ops.value.filter(({ key }) => key !== op.key), op]
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

  type About = Pick<CaseView, 'id' | 'number'> & { category: { name: Words } }
  async function add(
    item: About,
    command: WorkerCommand | 'finding',
    data: Op['data'] = {},
    files: Attachment[] = [],
  ): Promise<void> {
    const step = `${item.id} ${command}`
    if (command !== 'note' && adding.has(step)) return // a second tap before the first one shows
    adding.add(step)
    void keepForGood().catch(() => false)
    await save({
      key: newKey(),
      caseId: item.id,
      number: item.number,
      title: item.category.name,
      command,
      data,
      photos: files,
      at: new Date(live.nowMs()).toISOString(),
      atMs: Date.now(),
      state: 'waiting',
      tries: 0,
      problem: '',
      sentAt: '',
    }).finally(() => adding.delete(step))
    void drain()
  }

  const setProgress = (share: number): void => void (progress.value = share)
  const offset = (): number | null => (live.loaded ? live.clockOffsetMs : readOffset())

  async function send(op: Op): Promise<void> {
    const ready = await sendFiles(op, { save, onProgress: setProgress })
    if (ready.late) {
      const { number, stage } = await sendLate(ready)
      const words = t('outbox.keptIn', { number, stage: stageWord(stage) })
      return finish({ ...ready, problem: words }, 'kept')
    }
    // Kept before it leaves: should the answer be lost, the very same is sent again under the same key.
    const whole = { ...ready, body: ready.body ?? bodyOf(ready, offset(), Date.now()) }
    await save(whole)
    return done(whole, await sendOp(whole))
  }
  const stageWord = (stage: string): string =>
    code('stage', stage) === stage ? code('phase', stage) : code('stage', stage)

  const finish = (op: Op, state: 'sent' | 'kept'): Promise<void> => {
    const photos = op.photos.map((photo) => ({ ...photo, blob: null }))
    return save({ ...op, photos, state, sentAt: new Date(live.nowMs()).toISOString() })
  }
  async function done(op: Op, answer: Answer): Promise<void> {
    if ('found' in answer) {
      const { case_id: caseId, number, category } = answer.found
      return finish({ ...op, caseId, number, title: category.name, problem: '' }, 'sent')
    }
    live.put(answer.case)
    return finish({ ...op, problem: '' }, 'sent')
  }

  /** What cannot be done any more is looked at once more: perhaps it is so already. Else it is kept as a note. */
  async function lose(op: Op, error: unknown): Promise<void> {
    if (op.late || op.command === 'finding') return save({ ...op, state: 'failed', problem: explain(error, t) })
    const now = await getCase(op.caseId).catch(() => null)
    if (now && isSoAlready(op.command, now, me())) return done(op, { case: now })
    if (now) live.put(now)
    const why = now ? t('outbox.conflict', { stage: stageWord(now.stage) }) : t('outbox.notMine')
    const chain = chainOf(ops.value, op)
    if (!chain.some(isWorthKeeping)) return save({ ...op, state: 'failed', problem: why })
    const late = [t('outbox.lateHead'), ...chain.map(lineOf)].join('\n')
    // First the one that carries all of it, then the others: whatever ends the page between, nothing is gone.
    await save({ ...op, state: 'waiting', tries: 0, problem: why, late, photos: chain.flatMap(({ photos }) => photos) })
    for (const each of chain) if (each.key !== op.key) await finish({ ...each, photos: [], problem: why }, 'kept')
  }
  function lineOf(op: Op): string {
    const time = formatAt(op.at, 'full', locale.value, city.timezone)
    const words = wordsOf(op)
    return `${time} ${t(`act.${op.command}`)}${words ? (locale.value === 'zh' ? '：' : ': ') + words : ''}`
  }

  /** A phone whose clock is wrong cannot say when it was: then the server's own time counts. */
  const isAboutTime = (op: Op, error: unknown): boolean =>
    op.body?.['happened_at'] !== undefined && error instanceof ApiProblem && /happened_at/.test(error.message)
  function withoutTime(op: Op): Op {
    const body = { ...op.body }
    delete body['happened_at']
    return { ...op, state: 'waiting', body }
  }

  /** Send one; false where it is no use to go on now. */
  async function attempt(op: Op): Promise<boolean> {
    await save({ ...op, state: 'sending' })
    const current = (): Op => ops.value.find(({ key }) => key === op.key) ?? op // with the photographs that got through
    try {
      await send(op)
      return true
    } catch (error) {
      const verdict = judge(error)
      if (verdict === 'lost') await lose(current(), error)
      else if (verdict === 'failed')
        await save(
          isAboutTime(current(), error)
            ? withoutTime(current())
            : { ...current(), state: 'failed', problem: explain(error, t) },
        )
      if (verdict === 'lost' || verdict === 'failed') return true
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
    const later = chainOf(ops.value, op)
    for (const each of later) await forget(each)
    void drain()
  }

  window.addEventListener('online', () => void drain())
  watch(
    () => live.status,
    (status) => {
      if (status !== 'live') return
      if (live.loaded) keepOffset(live.clockOffsetMs)
      void drain()
    },
  )
  const view = (item: CaseView): CaseView =>
    ahead(
      item,
      waiting.value.filter(({ late }) => !late),
      me(),
    )
  const opOf = (caseId: string): Op | undefined =>
    failed.value.find((op) => op.caseId === caseId) ??
    waiting.value.find((op) => op.caseId === caseId && op.command !== 'note')
  return {
    ops,
    waiting,
    failed,
    kept,
    sent,
    durable,
    needsLogin,
    progress,
    load,
    add,
    retry,
    discard,
    forget,
    drain,
    view,
    opOf,
    stageWord,
  }
})
