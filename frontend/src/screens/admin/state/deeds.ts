/** How an act of the audit is read: its word's key, and what was changed. */

/** `account.password-reset` -> `account-password-reset`: a dot would be a step in the words' tree. */
export const wordOf = (action: string): string => action.replace('.', '-')

/** The keys of a deed's `detail`, a JSON object or "", with their values. What cannot be read is shown as it is. */
export function detailsOf(detail: string): [string, string[]][] {
  if (!detail) return []
  try {
    const told: unknown = JSON.parse(detail)
    if (typeof told === 'object' && told !== null)
      return Object.entries(told).map(([key, value]) => [key, (Array.isArray(value) ? value : [value]).map(String)])
  } catch {
    // a detail that was cut off because it was too long
  }
  return [['', [detail]]]
}

/** The families of the acts that there are: `session` of `session.opened`. */
export const familiesOf = (actions: readonly string[]): string[] => [
  ...new Set(actions.map((action) => action.split('.')[0] ?? action)),
]
