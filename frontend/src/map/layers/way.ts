/** The way from a worker to his task: the line, and where he is. */
import type { Point } from '@/api/types'
import type { Feature, MapLayer } from '../types'

export const WAY = 'way'

export const wayLayer: MapLayer = {
  id: WAY,
  layers: (look) => [
    {
      id: 'way-casing',
      type: 'line',
      filter: ['==', ['geometry-type'], 'LineString'],
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': look.dark ? '#0d131a' : '#ffffff', 'line-width': 9 },
    },
    {
      id: 'way-line',
      type: 'line',
      filter: ['==', ['geometry-type'], 'LineString'],
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': look.dark ? '#74b6ff' : '#0b5cad', 'line-width': 5 },
    },
    {
      id: 'way-me',
      type: 'circle',
      filter: ['==', ['geometry-type'], 'Point'],
      paint: {
        'circle-radius': 8,
        'circle-color': look.dark ? '#74b6ff' : '#0b5cad',
        'circle-stroke-width': 3,
        'circle-stroke-color': '#ffffff',
      },
    },
  ],
}

const feature = (id: string, geometry: GeoJSON.Geometry): Feature => ({
  type: 'Feature',
  id,
  geometry,
  properties: { id },
})

export const wayFeatures = (me: Point, points: Point[]): Feature[] => [
  ...(points.length > 1 ? [feature('line', { type: 'LineString', coordinates: points })] : []),
  feature('me', { type: 'Point', coordinates: me }),
]
