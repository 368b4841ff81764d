/** Where I was named in a note: those of the past from the server, those of now from the facts. */
import { defineStore } from 'pinia'
import { computed, onScopeDispose, ref } from 'vue'
import { listMentions, seeMentions } from '@/api/people'
import type { Mention } from '@/api/types'
import { useLive } from './live'
import { useSession } from './session'

export const useMentions = defineStore('mentions', () => {
  const live = useLive()
  const session = useSession()
  const items = ref<Mention[]>([])
  const unseen = computed(() => items.value.filter((row) => !row.seen).length)
  const stop = live.onChanges(({ facts }) => {
    const me = session.me?.username
    for (const fact of facts) {
      if (fact.kind !== 'NoteAdded' || !me || !fact.data.mentions?.includes(me)) continue
      if (items.value.some((row) => row.seq === fact.seq)) continue
      items.value = [{ seq: fact.seq, case_id: fact.case_id, at: fact.at, seen: false }, ...items.value]
    }
  })
  onScopeDispose(stop)
  async function load(): Promise<void> {
    // Without the past ones those of now are still told.
    const found = await listMentions().catch(() => null)
    if (found) items.value = found.items
  }
  async function see(): Promise<void> {
    const last = Math.max(0, ...items.value.map((row) => row.seq))
    if (!unseen.value) return
    items.value = items.value.map((row) => ({ ...row, seen: true }))
    await seeMentions(last).catch(() => undefined) // told again at the next start
  }
  return { items, unseen, load, see }
})
