/** What a clock says of itself, as people read it. */
import { formatSpan } from '@/i18n/format'
import type { Locale } from '@/i18n'

/** Offsets up to this are the way of a message, not a clock. */
const NOTHING_S = 2

/** By how much a clock is fast (+) or slow (−): the opposite of what its times are put right by. */
export function tellClock(offsetS: number | null, locale: Locale): string {
  if (offsetS === null) return '–'
  if (Math.abs(offsetS) <= NOTHING_S) return `±${formatSpan(0, locale)}`
  const sign = offsetS > 0 ? '−' : '+'
  return `${sign}${formatSpan(Math.round(Math.abs(offsetS)) * 1000, locale)}`
}
