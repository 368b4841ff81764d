/** Streets coloured by a figure, with the figure in the middle of each. The shapes are the basemap's own. */
import type { Point } from '@/api/types'
import type { Feature, MapLayer } from '../types'

export const CHOROPLETH = 'choropleth'
export const CHOROPLETH_FILL = 'choropleth-fill'

/** Street code -> colour, as a style expression; the others get `none`. */
export const fillOf = (colors: Map<string, string>, none: string): unknown =>
  colors.size ? ['match', ['get', 'code'], ...[...colors].flat(), none] : none

/** `fill` is asked for whenever the style is made anew (theme, language). */
export const choroplethLayer = (fill: () => unknown): MapLayer => ({
  id: CHOROPLETH,
  clickable: ['choropleth-values'],
  names: ['label-street'],
  layers: (look) => [
    {
      id: CHOROPLETH_FILL,
      type: 'fill',
      source: 'basemap',
      'source-layer': 'streets',
      paint: { 'fill-color': fill(), 'fill-opacity': 0.72, 'fill-outline-color': look.dark ? '#0d131a' : '#ffffff' },
    },
    {
      id: 'choropleth-values',
      type: 'symbol',
      layout: {
        'text-field': ['concat', ['get', `name_${look.locale}`], '\n', ['get', 'value']],
        'text-size': 12,
        // In a small map they would hide each other: there the ranking beside it tells all.
        'text-allow-overlap': ['step', ['zoom'], false, 12.4, true],
        'text-line-height': 1.25,
        'text-max-width': 9,
      },
      paint: {
        'text-color': look.dark ? '#ffffff' : '#0a1624',
        'text-halo-color': look.dark ? '#0d131a' : '#ffffff',
        'text-halo-width': 1.8,
      },
    },
  ],
})

export const valueFeature = (
  code: string,
  point: Point,
  value: string,
  names: { zh: string; en: string },
): Feature => ({
  type: 'Feature',
  id: code,
  geometry: { type: 'Point', coordinates: point },
  properties: {
    id: code,
    value,
    name_zh: names.zh.replace(/街道$/, ''),
    name_en: names.en.replace(/ Subdistrict$/, ''),
  },
})
