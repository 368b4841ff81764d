/** Words against the names behind codes: each word and code is compared once, however many cases share the code. */
import type { CaseView, Words } from '@/api/types'
import { useCity } from './city'
import type { NameTest } from './filters'
import { useLive } from './live'

interface Named {
  code: (item: CaseView) => string
  names: (item: CaseView) => (Words | undefined)[]
}

export function nameTest(): NameTest {
  const city = useCity()
  const live = useLive()
  const named: readonly Named[] = [
    { code: (item) => item.category.code, names: (item) => [item.category.name] },
    // Areas lie within each other: the smallest that is known stands for those around it.
    {
      code: ({ place }) => place.community || place.street || place.district,
      names: ({ place }) => [place.community, place.street, place.district].map((code) => city.areaName(code)),
    },
    { code: (item) => item.worker, names: (item) => [live.peekWorker(item.worker)?.name] },
    { code: (item) => item.department, names: (item) => [city.departmentName(item.department)] },
  ]
  return (word) => {
    const rows = named.map((each) => ({ ...each, known: new Map<string, boolean>() }))
    return (item) => {
      for (const { code, names, known } of rows) {
        const value = code(item)
        if (!value) continue
        let found = known.get(value)
        if (found === undefined) {
          found = names(item).some((said) => said && `${said.zh}\n${said.en}`.toLowerCase().includes(word))
          known.set(value, found)
        }
        if (found) return true
      }
      return false
    }
  }
}
