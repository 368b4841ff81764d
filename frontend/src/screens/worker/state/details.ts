/** What only the single case tells, for each of my tasks: fetched anew when the case has changed, and kept. */
import { defineStore } from 'pinia'
import { shallowRef, triggerRef } from 'vue'
import { getCase, type JournalEntry, listJournal } from '@/api/cases'
import type { CaseView } from '@/api/types'
import { useLive } from '@/state/live'
import type { Detail, Message } from './snapshot'

/** Facts come in bursts: one look for all; what a camera adds again and again is worth a look now and then. */
const WAIT_MS = 400
const SELDOM_MS = 5_000

type Said = (data: Record<string, unknown>) => string
const text =
  (...names: string[]): Said =>
  (data) =>
    names.map((name) => data[name]).find((value): value is string => typeof value === 'string' && value !== '') ?? ''
/** Facts that say something to the people on a case; what a fact without words says is no message. */
const SAID: Record<string, Said> = {
  NoteAdded: text('note'),
  CaseReminded: text('note'),
  CaseReworked: text('reason'),
  CaseSupervised: text('note'),
  RequestRefused: text('note'),
  ExtensionGranted: text('note'),
  ReturnGranted: text('note'),
  ReturnRequested: text('reason'),
  ExtensionRequested: text('reason'),
  SuspensionRequested: text('reason'),
  CaseSuspended: text('reason'),
  CaseHandled: text('note'),
}

export function messageOf(fact: JournalEntry): Message | null {
  const data = fact.data as Record<string, unknown>
  const words = SAID[fact.kind]?.(data) ?? ''
  const media = [
    ...((data['before'] as string[] | undefined) ?? []),
    ...((data['media'] as string[] | undefined) ?? []),
  ]
  if (!words && !(fact.kind in SAID && media.length)) return null
  const by = String(data['by'] ?? data['worker'] ?? '')
  return { seq: fact.seq, at: fact.at, kind: fact.kind, by, name: fact.by_name ?? null, text: words, media }
}

export const useDetails = defineStore('details', () => {
  const live = useLive()
  const held = shallowRef(new Map<string, Detail>())
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  const lookedAt = new Map<string, number>()

  async function load(id: string): Promise<void> {
    lookedAt.set(id, Date.now())
    try {
      const [item, page] = await Promise.all([getCase(id), listJournal(id)])
      live.put(item)
      const thread = page.items.map(messageOf).filter((each): each is Message => each !== null)
      held.value.set(id, { id, version: item.version, allowed: item.allowed_commands, thread })
      triggerRef(held)
    } catch {
      // No line, or no longer mine: what is held stays, and the next fact asks again.
    }
  }
  /** See to it that the case is known as it is now. */
  function want(item: Pick<CaseView, 'id' | 'version'>): void {
    if ((held.value.get(item.id)?.version ?? -1) >= item.version || timers.has(item.id)) return
    later(item.id, Math.max(WAIT_MS, (lookedAt.get(item.id) ?? 0) + SELDOM_MS - Date.now()))
  }
  function later(id: string, ms: number): void {
    clearTimeout(timers.get(id))
    timers.set(
      id,
      setTimeout(() => {
        timers.delete(id)
        void load(id)
      }, ms),
    )
  }
  // What somebody says, and what changes what I may do, is not kept waiting.
  live.onChanges(({ facts }) => {
    for (const { kind, case_id: id } of facts) if (kind !== 'EventAttached' && held.value.has(id)) later(id, WAIT_MS)
  })
  function restore(details: Detail[]): void {
    held.value = new Map(details.map((each) => [each.id, each]))
  }
  function keepOnly(ids: Set<string>): void {
    for (const id of held.value.keys()) if (!ids.has(id)) held.value.delete(id)
  }
  const find = (id: string): Detail | undefined => held.value.get(id)
  const list = (): Detail[] => [...held.value.values()]
  return { held, want, load, restore, keepOnly, find, list }
})
