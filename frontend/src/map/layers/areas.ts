/** Areas of one level: filled by whether they are in use, named in their middle where there is room. */
import type { Feature, MapLayer } from '../types'

export const AREAS = 'areas'

const INK = {
  light: { used: '#0b5cad', unused: '#7d8a99', chosen: '#d3342a', halo: '#ffffff', text: '#16202c' },
  dark: { used: '#74b6ff', unused: '#74849a', chosen: '#ef5a4c', halo: '#0d131a', text: '#e7eef6' },
}
const state = (ink: (typeof INK)['light']): unknown => [
  'case',
  ['==', ['get', 'chosen'], true],
  ink.chosen,
  ['==', ['get', 'active'], false],
  ink.unused,
  ink.used,
]

export const areasLayer: MapLayer = {
  id: AREAS,
  clickable: ['areas-middle'],
  names: ['label-street', 'label-community'],
  layers: (look) => {
    const ink = look.dark ? INK.dark : INK.light
    return [
      {
        id: 'areas-fill',
        type: 'fill',
        filter: ['!=', ['geometry-type'], 'Point'],
        paint: { 'fill-color': state(ink), 'fill-opacity': ['case', ['==', ['get', 'chosen'], true], 0.45, 0.16] },
      },
      {
        id: 'areas-line',
        type: 'line',
        filter: ['!=', ['geometry-type'], 'Point'],
        paint: { 'line-color': state(ink), 'line-width': ['case', ['==', ['get', 'chosen'], true], 3, 1] },
      },
      {
        id: 'areas-middle',
        type: 'circle',
        filter: ['==', ['geometry-type'], 'Point'],
        paint: {
          'circle-radius': 5,
          'circle-color': state(ink),
          'circle-stroke-color': ink.halo,
          'circle-stroke-width': 1,
        },
      },
      {
        id: 'areas-names',
        type: 'symbol',
        filter: ['==', ['geometry-type'], 'Point'],
        layout: {
          'text-field': ['get', `name_${look.locale}`],
          'text-size': 12,
          'text-offset': [0, 1],
          'text-anchor': 'top',
        },
        paint: { 'text-color': ink.text, 'text-halo-color': ink.halo, 'text-halo-width': 1.6 },
      },
    ]
  },
}

type Ring = [number, number][]
/** The middle of a shape's box: near enough for a mark that can be clicked. */
function middle(geometry: GeoJSON.Geometry): [number, number] {
  const points: Ring = []
  const walk = (value: unknown): void => {
    if (Array.isArray(value) && typeof value[0] === 'number') points.push(value as unknown as [number, number])
    else if (Array.isArray(value)) value.forEach(walk)
  }
  walk('coordinates' in geometry ? geometry.coordinates : [])
  const half = (at: 0 | 1): number => {
    const all = points.map((point) => point[at])
    return (Math.min(...all) + Math.max(...all)) / 2
  }
  return [half(0), half(1)]
}

/** An area as two features: its shape, and the mark in its middle. One without a shape has none. */
export function areaFeatures(
  code: string,
  geometry: GeoJSON.Geometry | null,
  names: { zh: string; en: string },
  active: boolean,
  chosen: boolean,
): Feature[] {
  if (!geometry) return []
  const properties = { active, chosen, name_zh: names.zh || names.en, name_en: names.en || names.zh }
  const mark: GeoJSON.Point = { type: 'Point', coordinates: middle(geometry) }
  return [
    { type: 'Feature', id: `shape:${code}`, geometry, properties: { ...properties, id: `shape:${code}` } },
    { type: 'Feature', id: code, geometry: mark, properties: { ...properties, id: code } },
  ]
}
