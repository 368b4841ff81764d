/** The city's phrases where people write. Read once, and again when the city has changed. */
import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import { inAll, phrasesFor } from '@/actions/phrases'
import { listTemplates } from '@/api/city'
import type { CaseView, Command, Template } from '@/api/types'
import { useWords } from '@/i18n'
import { formatShort } from '@/i18n/format'
import { useCity } from './city'
import { useLive } from './live'

export const usePhrases = defineStore('phrases', () => {
  const city = useCity()
  const live = useLive()
  const { say, locale } = useWords()
  const templates = shallowRef<Template[]>([])
  let asked = false
  let isReading = false

  /** Phrases are a comfort: what cannot be read leaves those that are held, and one's own words. */
  async function load(): Promise<void> {
    if (isReading) return
    isReading = asked = true
    const answer = await listTemplates().catch(() => null)
    isReading = false
    if (answer) templates.value = answer.items
    else asked = false
  }
  const want = (): void => {
    if (!asked) void load()
  }
  watch(
    () => city.city,
    () => asked && void load(),
  )
  function list(name: Command, item: CaseView): string[] {
    const { address } = item.place
    return phrasesFor(templates.value, name, item, locale.value, {
      number: item.number,
      category: say(item.category.name),
      address:
        address ||
        city
          .pathOf(item.place)
          .map(say)
          .join(locale.value === 'zh' ? '' : ', '),
      due: item.due_at ? formatShort(item.due_at, live.nowMs(), locale.value, city.timezone) : '—',
    })
  }
  /** What may be said of each of them alike: nothing of one case is written into another. */
  function listForAll(name: Command, items: readonly CaseView[]): string[] {
    const [first, ...others] = items.map((item) => list(name, item))
    return inAll(first ?? [], others)
  }
  return { templates, load, want, list, listForAll }
})
