/** The page without a signal begins with what it had when it last had one: who, which city, which tasks. One per person. */
import type { CaseDetail, CaseView, CityView, Me, Template, WorkerView } from '@/api/types'
import { type Keep, openKeep } from '@/device/keep'

export interface Message {
  seq: number
  at: string
  kind: string
  by: string
  name: { zh: string; en: string } | null
  text: string
  media: string[]
}
/** What only the single case tells: what I may do with it, and what is said about it. */
export interface Detail {
  id: string
  version: number
  allowed: CaseDetail['allowed_commands']
  thread: Message[]
}
export interface Snapshot {
  username: string
  me: Me
  city: CityView
  /** Absent in one that was kept before there were any. */
  templates?: Template[]
  worker: WorkerView
  tasks: CaseView[]
  details: Detail[]
  atMs: number
}

const LAST = 'wardline.worker.last'
let keep: Promise<Keep<Snapshot>> | undefined
const opened = (): Promise<Keep<Snapshot>> =>
  (keep ??= openKeep<Snapshot>('wardline.snapshot', ({ username }) => username))

/** That of who was here last; undefined where he has logged out. */
export async function findSnapshot(): Promise<Snapshot | undefined> {
  const last = localStorage.getItem(LAST)
  return last ? (await opened()).find(last) : undefined
}
export async function saveSnapshot(snapshot: Snapshot): Promise<void> {
  await (await opened()).put(snapshot)
  localStorage.setItem(LAST, snapshot.username)
}
/** Who logs out leaves nothing behind but what still waits to be sent. */
export async function dropSnapshot(username: string): Promise<void> {
  localStorage.removeItem(LAST)
  await (await opened()).remove(username)
}
