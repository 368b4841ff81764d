/** What I have just done, and how to take it back while the rules still allow it. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { command as give } from '@/api/cases'
import { newKey } from '@/api/client'
import type { CaseDetail, Command } from '@/api/types'
import { useCity } from './city'
import { useSelection } from './selection'

/** Moves that change nothing to take back, or that take something back themselves. */
const WITHOUT: ReadonlySet<Command> = new Set(['undo', 'note', 'reply', 'remind', 'claim', 'release', 'merge'])

export interface Act {
  caseId: string
  number: string
  command: Command
  /** The stage before it: two commands are called otherwise in it. */
  stage: CaseDetail['stage']
  version: number
  until: number
}

export const useActs = defineStore('acts', () => {
  const selection = useSelection()
  const city = useCity()
  /** The last move that can still be taken back. */
  const last = ref<Act | null>(null)
  const key = ref('')

  /** Note a move that was done; it can be taken back where the server offers it. */
  function done(before: CaseDetail, name: Command, after: CaseDetail): void {
    const can = !WITHOUT.has(name) && after.allowed_commands.includes('undo')
    if (!can) {
      if (last.value?.caseId === after.id) last.value = null
      return
    }
    key.value = newKey()
    last.value = {
      caseId: after.id,
      number: after.number,
      command: name,
      stage: before.stage,
      version: after.version,
      until: Date.now() + (city.city?.flow.undo_s ?? 0) * 1000,
    }
  }
  /** Take the last move back. Throws what the server refuses. */
  async function undo(): Promise<void> {
    const act = last.value
    if (!act) return
    const after = await give(act.caseId, 'undo', {}, { idempotencyKey: key.value })
    last.value = null
    selection.accept(after)
    if (selection.id === act.caseId) void selection.reload()
  }
  const dismiss = (): void => {
    last.value = null
  }
  return { last, done, undo, dismiss }
})
