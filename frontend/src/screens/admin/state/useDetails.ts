/** How a deed's details are told: their keys in words, and the names behind the codes that they hold. */
import type { DeedView } from '@/api/admin'
import { useWords } from '@/i18n'
import { formatAt, formatList } from '@/i18n/format'
import { useCity } from '@/state/city'
import { detailsOf, wordOf } from './deeds'
import { useGrants } from './useGrants'

export function useDetails() {
  const { code, say, locale } = useWords()
  const city = useCity()
  const { roleName, grantName } = useGrants()
  const at = (time: string): string => formatAt(time, 'full', locale.value, city.timezone) || time
  /** One that is asked for may be a family of acts. */
  const act = (action: string): string =>
    code(`admin.audit.${action.includes('.') ? 'action' : 'family'}`, wordOf(action))

  /** What a key's values are the codes of; those of any other key are said as they are. */
  const NAMED = new Map<string, (value: string) => string>([
    ['role', roleName],
    ['base', roleName],
    ['granted', grantName],
    ['taken', grantName],
    ['scopes', grantName],
    ['department', (id) => say(city.departmentName(id))],
    ['area', (id) => say(city.areaName(id))],
    ['method', (method) => code('admin.sessions.methods', method)],
    ['why', (why) => code('admin.audit.refused', why)],
    ['action', (asked) => formatList(asked.split(',').map(act), locale.value)],
    ['from_', at],
    ['to', at],
  ])
  /** Pairs of words and what they say. */
  const tell = (detail: string): [string, string][] =>
    detailsOf(detail).map(([key, values]) => [
      key && code('admin.audit.details', key),
      formatList(values.map(NAMED.get(key) ?? String), locale.value),
    ])
  /** Of a sign-on that failed nobody is known: its subject is the reason. */
  const subjectOf = ({ action, subject }: DeedView): string =>
    action === 'sso.refused' ? code('admin.audit.refused', subject) : subject
  return { tell, subjectOf }
}
