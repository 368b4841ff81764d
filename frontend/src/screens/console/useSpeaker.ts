/** Codes as the reader says them: who, which department, which category, when. */
import { computed, type ComputedRef } from 'vue'
import { useWords } from '@/i18n'
import { formatAt } from '@/i18n/format'
import { useCity } from '@/state/city'
import { useColleagues } from '@/state/colleagues'
import { useLive } from '@/state/live'
import { useSession } from '@/state/session'
import type { Speaker } from './story'

/** Who the journal names when a rule, not a person, did it. */
const RULE = 'rule'
/** `by` of what somebody without an account did, by the private link of his report. */
const REPORTER = 'reporter'

export function useSpeaker(): ComputedRef<Speaker> {
  const { t, code, say, locale } = useWords()
  const city = useCity()
  const live = useLive()
  const session = useSession()
  const colleagues = useColleagues()
  return computed(() => {
    const known = locale.value // the sentences are made anew when the language changes
    const worker = (id: string): string => {
      const found = live.findWorker(id)
      return found ? say(found.name) : id
    }
    return {
      t,
      say,
      worker,
      by: (user) => {
        if (!user || user === RULE) return t('story.system')
        if (user === REPORTER) return t('story.reporter')
        if (user === session.me?.username) return say(session.me.name)
        return say(colleagues.nameOf(user)) || user
      },
      category: (code) => say(city.categoryName(code)),
      department: (id) => say(city.departmentName(id)),
      feed: (feed) => code('feed', feed),
      time: (at) => formatAt(at, 'full', known, city.timezone).replace(/:\d\d$/, ''),
    }
  })
}
