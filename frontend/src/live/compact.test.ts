import { expect, it } from 'vitest'
import { expandPart } from './compact'

it('reads a row under its columns, whatever their order, and leaves alone what it does not know', () => {
  const [row] = expandPart(
    {
      type: 'part',
      of: 'cases',
      left: 0,
      columns: ['place.lon', 'id', 'category', 'place.street', 'news', 'claimed_by'],
      rows: [[106.5, 'c1', 'E1', 's1', 7, 'ann']],
    },
    { category: (code) => ({ zh: `类${code}`, en: code }) },
  )
  expect(row).toMatchObject({
    id: 'c1',
    category: { code: 'E1', name: { zh: '类E1', en: 'E1' } },
    claimed_by: 'ann',
    supervised: null,
    place: { lon: 106.5, lat: null, street: 's1', basis: 'none', inside: true },
  })
})
