/** The city's areas and its public categories, as they are offered where one of them is chosen. */
import { computed } from 'vue'
import type { AreaView, Words } from '@/api/types'
import { useWords } from '@/i18n'
import type { Choice } from '@/ui/choices'
import { useCity } from './city'

const inBoth = ({ zh, en }: Words): string => `${zh} ${en}`

/** Districts, and streets each followed by its communities. */
export function useAreaChoices() {
  const { say } = useWords()
  const city = useCity()
  return computed<Choice[]>(() => {
    const { districts = [], streets = [], communities = [] } = city.city?.areas ?? {}
    const inside = new Map<string, AreaView[]>(streets.map(({ code }) => [code, []]))
    for (const each of communities) inside.get(each.parent)?.push(each)
    const whole = (area: AreaView): Choice => ({ value: area.code, label: say(area.name), words: inBoth(area.name) })
    return [
      ...districts.map(whole),
      ...streets.flatMap((street) => [
        whole(street),
        ...(inside.get(street.code) ?? []).map((each) => ({ ...whole(each), group: say(street.name), below: true })),
      ]),
    ]
  })
}

/** What a citizen may see and follow, in the order of the city's table. */
export function useKindChoices() {
  const { say } = useWords()
  const city = useCity()
  return computed<Choice[]>(() =>
    (city.city?.categories ?? [])
      .filter((each) => each.public)
      .map(({ code, name, major }) => ({
        value: code,
        label: say(name),
        group: say(major),
        words: `${inBoth(name)} ${inBoth(major)}`,
      })),
  )
}
