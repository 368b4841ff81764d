/** Where to go after login: back to the page that asked for it when that is one of ours, else to the role's own screen. */
const OURS = /^\/(console|worker|board|report)\//

export function destination(search: string, home: string): string {
  const next = new URLSearchParams(search).get('next')
  return next && OURS.test(next) ? next : home
}
