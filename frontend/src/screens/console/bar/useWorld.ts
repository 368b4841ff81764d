/** All that a line of the command bar may name. */
import { computed, type ComputedRef } from 'vue'
import { COMMANDS } from '@/api/types'
import flowEn from '@/i18n/flow.en'
import flowZh from '@/i18n/flow.zh'
import { useCity } from '@/state/city'
import { useColleagues } from '@/state/colleagues'
import { useLive } from '@/state/live'
import { useSelection } from '@/state/selection'
import { fieldsOf, labelOf } from '../forms'
import type { World } from './line'

/** A command is known by its name in both languages, whatever language the screen speaks. */
const say = (words: { command: Record<string, string> }, key: string): string =>
  words.command[key.replace('command.', '')] ?? key

export function useWorld(): ComputedRef<World> {
  const live = useLive()
  const city = useCity()
  const selection = useSelection()
  const colleagues = useColleagues()
  void colleagues.load()
  return computed(() => ({
    cases: () => live.eachCase(),
    open: selection.item,
    commands: (item) =>
      COMMANDS.map((name) => {
        const key = labelOf(name, item.stage)
        return { name, zh: say(flowZh, key), en: say(flowEn, key) }
      }),
    fields: (name, item) => fieldsOf(name, item.stage),
    workers: live.allWorkers(),
    categories: [...city.categories.values()].map(({ code, name }) => ({ code, ...name })),
    departments: [...city.departments.values()].map(({ id, name }) => ({ code: id, ...name })),
    people: colleagues.people.map(({ username, name }) => ({ code: username, ...name })),
  }))
}
