/** When this desk calls out: what about, by sound or notification, and when not. Kept in this browser. */
import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import type { CaseView, Priority } from '@/api/types'

export const KINDS = ['opened', 'requested', 'late', 'named'] as const
export type AlertKind = (typeof KINDS)[number]

/** New cases that fit all that a rule says are silent; "" fits any. Hours are local wall-clock "HH:MM"; "" is all day. */
export interface SilentRule {
  priority: Priority | ''
  category: string
  street: string
  from: string
  to: string
}
export const emptyRule = (): SilentRule => ({ priority: '', category: '', street: '', from: '', to: '' })

const minutes = (text: string): number => {
  const [hour = '0', minute = '0'] = text.split(':')
  return Number(hour) * 60 + Number(minute)
}
/** Whether a time of day is within the hours of a rule; they may run past midnight. Pure. */
export function isWithin(rule: SilentRule, at: Date): boolean {
  if (!rule.from && !rule.to) return true
  const now = at.getHours() * 60 + at.getMinutes()
  const from = rule.from ? minutes(rule.from) : 0
  const to = rule.to ? minutes(rule.to) : 24 * 60
  return from <= to ? now >= from && now < to : now >= from || now < to
}
/** Whether one of the rules says that a case makes no noise now. Pure. */
export const isSilent = (rules: SilentRule[], item: CaseView, at: Date): boolean =>
  rules.some(
    (rule) =>
      (!rule.priority || rule.priority === item.priority) &&
      (!rule.category || rule.category === item.category.code) &&
      (!rule.street || rule.street === item.place.street) &&
      isWithin(rule, at),
  )

const KEPT = 'wardline.alerts'
interface Kept {
  desktop: boolean
  kinds: AlertKind[]
  rules: SilentRule[]
}
function read(): Kept {
  const empty: Kept = { desktop: false, kinds: [...KINDS], rules: [] }
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? '{}') as Partial<Kept>
    return {
      desktop: kept.desktop === true,
      kinds: kept.kinds?.filter((kind) => KINDS.includes(kind)) ?? empty.kinds,
      rules: (kept.rules ?? []).map((rule) => ({ ...emptyRule(), ...rule })),
    }
  } catch {
    return empty // what somebody else has written there
  }
}

export const useAlerts = defineStore('alerts', () => {
  const kept = read()
  const desktop = ref(kept.desktop)
  const kinds = ref(kept.kinds)
  const rules = ref(kept.rules)
  const permission = ref<NotificationPermission | 'unsupported'>(
    'Notification' in window ? Notification.permission : 'unsupported',
  )
  watch(
    [desktop, kinds, rules],
    () =>
      localStorage.setItem(KEPT, JSON.stringify({ desktop: desktop.value, kinds: kinds.value, rules: rules.value })),
    { deep: true },
  )
  /** Ask the browser once, on a click: it forbids for good what it is asked unasked. */
  async function allow(): Promise<void> {
    if (permission.value === 'unsupported') return
    permission.value = await Notification.requestPermission()
    desktop.value = permission.value === 'granted'
  }
  /** Show a notification; a click brings the desk to the front. Nothing where it is not wanted or allowed. */
  function show(title: string, body: string, tag: string, onClick: () => void): void {
    if (!desktop.value || permission.value !== 'granted') return
    const note = new Notification(title, { body, tag, icon: '/icon.svg' })
    note.onclick = () => {
      window.focus()
      onClick()
      note.close()
    }
  }
  return { desktop, kinds, rules, permission, allow, show }
})
