/** Words against the names behind codes: each word and code is compared once, however many cases share the code. */
import type { CaseView, Words } from '@/api/types'
import { useCity } from './city'
import type { NameTest } from './filters'
import { useLive } from './live'

export function nameTest(): NameTest {
  const city = useCity()
  const live = useLive()
  /** word -> code -> whether it is in the names. */
  const known = new Map<string, Map<string, boolean>>()
  const has = (word: string, code: string, names: () => Words | undefined): boolean => {
    if (!code) return false
    let ofWord = known.get(word)
    if (!ofWord) known.set(word, (ofWord = new Map()))
    let found = ofWord.get(code)
    if (found === undefined) {
      const said = names()
      found = said ? `${said.zh} ${said.en}`.toLowerCase().includes(word) : false
      ofWord.set(code, found)
    }
    return found
  }
  return (word: string, item: CaseView) =>
    has(word, item.category.code, () => item.category.name) ||
    has(word, item.place.street, () => city.areaName(item.place.street)) ||
    has(word, item.place.community, () => city.areaName(item.place.community)) ||
    has(word, item.place.district, () => city.areaName(item.place.district)) ||
    has(word, item.worker, () => live.peekWorker(item.worker)?.name) ||
    has(word, item.department, () => city.departmentName(item.department))
}
