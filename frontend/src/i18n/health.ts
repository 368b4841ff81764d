/** How sources fare: the closed set of words, the worst first, and why one is as it is. */
import type { SourceView } from '@/api/types'
import { formatSpan } from './format'
import type { Locale } from './index'

export const CONDITIONS = ['silent', 'flooding', 'clock-bad', 'parse-errors', 'late', 'unknown', 'live'] as const
export type Condition = (typeof CONDITIONS)[number]
type Finding = SourceView['conditions'][number]
type Translate = (key: string, values?: Record<string, unknown>) => string

/** The key and the values of the sentence that says why a condition holds. Exported for its test. */
export function groundOf(finding: Finding, locale: Locale): { key: string; values: Record<string, unknown> } {
  const { condition, values } = finding
  const span = (name: string): string => formatSpan(Number(values[name] ?? 0) * 1000, locale)
  switch (condition) {
    case 'silent':
      return Number(values.limit_s)
        ? { key: 'silent', values: { heard: span('heard_s'), limit: span('limit_s') } }
        : { key: 'silentOnly', values: { heard: span('heard_s') } }
    case 'late':
      return { key: 'late', values: { heard: span('heard_s'), interval: span('interval_s') } }
    case 'unknown':
      return { key: `unknown_${values.why ?? 'never'}`, values: { heard: span('heard_s') } }
    case 'flooding':
      return { key: 'flooding', values: { n: values.set_aside ?? 0 } }
    case 'clock-bad': {
      if (values.offset_s === undefined) return { key: 'clockImpossible', values: {} }
      // What must be added to its times: positive where it is slow.
      return { key: Number(values.offset_s) > 0 ? 'clockSlow' : 'clockFast', values: { by: span('offset_s') } }
    }
    case 'parse-errors':
      return { key: 'parseErrors', values: { n: values.errors ?? 0, reason: values.reason ?? '' } }
    default:
      return { key: 'live', values: { heard: span('heard_s') } }
  }
}

export function tellGround(finding: Finding, t: Translate, locale: Locale): string {
  const { key, values } = groundOf(finding, locale)
  return t(`health.why.${key}`, values)
}
