/** What a case is found by: its own words, and the names behind its codes in both languages. */
import type { CaseView, Words } from '@/api/types'
import { useCity } from './city'
import { useLive } from './live'

/** Between two words: what nobody types, so that nothing is found across them. */
const GAP = '\n'

/** A case -> all its words in lower case. The names of a code are put together once, however many cases share it. */
export function caseWords(): (item: CaseView) => string {
  const city = useCity()
  const live = useLive()
  const known = new Map<string, string>()
  const named = (kind: string, code: string, names: () => (Words | undefined)[]): string => {
    const key = kind + code
    let found = known.get(key)
    if (found === undefined) {
      found = code
        ? names()
            .map((said) => (said ? said.zh + GAP + said.en : ''))
            .join(GAP)
        : ''
      known.set(key, found)
    }
    return found
  }
  return (item) => {
    const { street, community, district, address } = item.place
    return [
      item.text,
      item.number,
      address,
      item.source,
      named('c', item.category.code, () => [item.category.name]),
      // Areas lie within each other: the smallest that is known stands for those around it.
      named('a', community || street || district, () => [community, street, district].map(city.areaName)),
      named('w', item.worker, () => [live.peekWorker(item.worker)?.name]),
      named('d', item.department, () => [city.departmentName(item.department)]),
    ]
      .join(GAP)
      .toLowerCase()
  }
}
