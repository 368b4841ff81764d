/** What a row of the list says of a case, in the reader's language: for cards and tables alike. */
import { computed, type ComputedRef } from 'vue'
import type { CaseView, Light } from '@/api/types'
import { useWords } from '@/i18n'
import { formatShort, formatSpan } from '@/i18n/format'
import { leftMs, lightOf, usedShare } from '@/live/light'
import { useCity } from '@/state/city'
import { useColleagues } from '@/state/colleagues'
import { useLive } from '@/state/live'
import { useSession } from '@/state/session'
import type { IconName } from '@/ui/Icon.vue'

const FEED_ICON: Record<string, IconName> = {
  frigate: 'camera',
  hikvision: 'camera',
  dahua: 'camera',
  onvif: 'camera',
  gb28181: 'camera',
  milestone: 'camera',
  deepstream: 'camera',
  telemetry: 'sensor',
  chirpstack: 'sensor',
  tts: 'sensor',
  sparkplug: 'sensor',
  sensorthings: 'sensor',
  ngsild: 'link',
  open311: 'link',
  webhook: 'link',
  cap: 'link',
  cloudevents: 'link',
}

export interface RowWords {
  light: Light
  clock: string
  share: number | null
  place: string
  who: string
  opened: string
  due: string
  feed: IconName
  claimed: string
}

export function useCaseRow(props: { item: CaseView | undefined; nowMs: number }): ComputedRef<RowWords> {
  const { t, say, locale } = useWords()
  const city = useCity()
  const live = useLive()
  const session = useSession()
  const colleagues = useColleagues()

  function placeOf(item: CaseView): string {
    const { street, community, address, inside, lon } = item.place
    if (!inside) return t('row.outside')
    if (lon === null) return address || t('panel.basis.none')
    return [street, community]
      .filter(Boolean)
      .map((code) => say(city.areaName(code)))
      .concat(address || [])
      .join(' · ')
  }
  function whoOf(item: CaseView): string {
    if (!item.worker) return item.stage === 'filed' ? say(city.departmentName(item.department)) : ''
    const found = live.findWorker(item.worker)
    return found ? say(found.name) : item.worker
  }
  function clockOf(item: CaseView): string {
    const left = leftMs(item, props.nowMs)
    if (left === null) return ''
    return t(left < 0 ? 'time.over' : 'time.left', { span: formatSpan(left, locale.value) })
  }
  function claimedOf(item: CaseView): string {
    if (!item.claimed_by) return ''
    if (item.claimed_by === session.me?.username) return t('claim.mine')
    return t('row.claimed', { who: say(colleagues.nameOf(item.claimed_by)) || item.claimed_by })
  }
  const short = (at: string | null | undefined): string => formatShort(at, props.nowMs, locale.value, city.timezone)
  return computed(() => {
    const { item } = props
    if (!item)
      return {
        light: 'none',
        clock: '',
        share: null,
        place: '',
        who: '',
        opened: '',
        due: '',
        feed: 'user',
        claimed: '',
      }
    return {
      light: lightOf(item, props.nowMs),
      clock: clockOf(item),
      share: usedShare(item, props.nowMs),
      place: placeOf(item),
      who: whoOf(item),
      opened: short(item.opened_at),
      due: short(item.due_at),
      feed: FEED_ICON[item.feed] ?? 'user',
      claimed: claimedOf(item),
    }
  })
}
