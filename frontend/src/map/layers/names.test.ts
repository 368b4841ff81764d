import { expect, test } from 'vitest'
import { basemapLayers } from '../style'
import type { Look, StyleLayer } from '../types'
import { areasLayer } from './areas'
import { camerasLayer } from './cameras'
import { casesLayer, focusLayer } from './cases'
import { choroplethLayer } from './choropleth'
import { sourcesLayer } from './sources'
import { workersLayer } from './workers'

const LOOK: Look = { dark: false, locale: 'zh' }
const layoutOf = (layers: StyleLayer[], id: string): Record<string, unknown> =>
  layers.find((each) => each.id === id)?.['layout'] as Record<string, unknown>

test('the names of the city make room for cases, which stand still, and for nothing that there are thousands of or that moves', () => {
  const icons = [casesLayer, focusLayer, workersLayer, camerasLayer, sourcesLayer]
    .flatMap((layer) => layer.layers(LOOK))
    .filter((each) => (each['layout'] as Record<string, unknown> | undefined)?.['icon-image'])
  const pushing = icons.filter((each) => !layoutOf(icons, each.id)['icon-ignore-placement']).map(({ id }) => id)
  expect(pushing).toEqual(['case-symbols', 'focus-symbol'])
  expect(layoutOf(casesLayer.layers(LOOK), 'case-cluster-counts')['text-ignore-placement']).toBeUndefined()
})

test('who writes the names of areas has the map leave them out, by the names that it has for them', () => {
  const ids = basemapLayers(LOOK, true).map(({ id }) => id)
  const written = [areasLayer, choroplethLayer(() => '')].map(({ names }) => names)
  expect(written).toEqual([['label-street', 'label-community'], ['label-street']])
  for (const name of written.flat()) expect(ids).toContain(name)
})

test('a name of an area goes aside rather than away; that of a road keeps to its road', () => {
  const ground = basemapLayers(LOOK, true)
  for (const id of ['label-street', 'label-community', 'label-place'])
    expect(layoutOf(ground, id)['text-variable-anchor']).toContain('bottom')
  expect(layoutOf(ground, 'label-road')['text-variable-anchor']).toBeUndefined()
})
