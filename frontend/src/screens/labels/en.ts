import type { Like } from '@/i18n'
import type zh from './zh'

const en: Like<typeof zh> = {
  labels: {
    noAccess: 'You may not print labels.',
    lead: 'Each label has a code: who scans it gets the report form with place and category filled in. Use A4 sheets of stickers and print at actual size (100 %).',
    parts: 'Labels of parts',
    kind: 'Kind of part',
    area: 'Area',
    all: 'All',
    ids: 'Or: ids of parts, with commas between',
    idsHint: 'With ids, kind and area do not count.',
    size: 'Sheet',
    small: 'Small: 63.5 × 38.1 mm, 21 on a page',
    large: 'Large: 99.1 × 67.7 mm, 8 on a page',
    total: '{n} parts',
    print: 'Print {from}–{to}',
    none: 'No part is like that.',
    choose: 'Choose a kind or an area, or give ids.',
    preview: 'Parts that are printed',
    part: 'Part',
    code: 'Id',
    places: 'Labels of places',
    placesHint:
      'For spots without a part (a stop, the gate of a park), one a line: longitude,latitude,name. At most 50 lines.',
    printPlaces: 'Print labels of places',
  },
}
export default en
