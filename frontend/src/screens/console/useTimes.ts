/** Times and people as the panel says them. */
import { useWords } from '@/i18n'
import { formatAt, formatSpan } from '@/i18n/format'
import { useCity } from '@/state/city'
import { useColleagues } from '@/state/colleagues'
import { useSession } from '@/state/session'

export function useTimes(): {
  at: (instant: string | null | undefined) => string
  span: (ms: number) => string
  person: (username: string) => string
} {
  const { say, locale } = useWords()
  const city = useCity()
  const session = useSession()
  const colleagues = useColleagues()
  void colleagues.load()
  return {
    at: (instant) => (instant ? formatAt(instant, 'full', locale.value, city.timezone).replace(/:\d\d$/, '') : ''),
    span: (ms) => formatSpan(ms, locale.value),
    person: (username) =>
      username === session.me?.username ? say(session.me.name) : say(colleagues.nameOf(username)) || username,
  }
}
