/** Where to go after login: back to the page that asked for it when that is one of ours, else to the role's own screen. */
import type { Me } from '@/api/types'
import { HOME } from '@/state/session'

const OURS = /^\/(console|worker|board|report|account|admin|settings)\//

export function destination(search: string, home: string): string {
  const next = new URLSearchParams(search).get('next')
  return next && OURS.test(next) ? next : home
}

/** Who has yet to set up the second factor that his role takes can go nowhere else. */
export const homeOf = (me: Me, search: string): string =>
  me.must_enrol ? '/account/' : destination(search, HOME[me.role])
