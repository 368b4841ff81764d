/** The filters of the list, each with the values that can be chosen for it. */
import { computed, type ComputedRef } from 'vue'
import { PRIORITIES, STAGES } from '@/api/types'
import { useWords } from '@/i18n'
import { useCity } from '@/state/city'
import type { FilterField } from './FilterChips.vue'

const FEEDS = [
  'frigate',
  'hikvision',
  'dahua',
  'onvif',
  'gb28181',
  'milestone',
  'deepstream',
  'telemetry',
  'chirpstack',
  'tts',
  'sparkplug',
  'sensorthings',
  'ngsild',
  'report',
  'cap',
  'cloudevents',
  'open311',
  'webhook',
  'history',
]

export function useFilterFields(): ComputedRef<FilterField[]> {
  const { t, say } = useWords()
  const city = useCity()
  return computed(() => [
    { key: 'stage', choices: STAGES.map((value) => ({ value, label: t(`stage.${value}`) })) },
    { key: 'priority', choices: PRIORITIES.map((value) => ({ value, label: t(`priority.${value}`) })) },
    {
      key: 'street',
      choices: (city.city?.areas.streets ?? []).map((row) => ({ value: row.code, label: say(row.name) })),
    },
    {
      key: 'category',
      choices: [...city.categories.values()].map((row) => ({
        value: row.code,
        label: `${say(row.name)} · ${say(row.major)}`,
      })),
    },
    {
      key: 'department',
      choices: [...city.departments.values()].map((row) => ({ value: row.id, label: say(row.name) })),
    },
    { key: 'feed', choices: FEEDS.map((value) => ({ value, label: t(`feed.${value}`) })) },
  ])
}
