/** Public cases: one mark for each, and where many lie together a disc with their number. The server gathers them. */
import type { PublicMap } from '@/api/types'
import type { Feature, Look, MapLayer } from '../types'

export const PUBLIC = 'public'
const isCell = ['has', 'count']
const ink = (look: Look): string => (look.dark ? '#74b6ff' : '#0b5cad')
const ground = (look: Look): string => (look.dark ? '#0d131a' : '#ffffff')

export const publicLayer: MapLayer = {
  id: PUBLIC,
  clickable: ['public-cells', 'public-points'],
  layers: (look) => [
    {
      id: 'public-cells',
      type: 'circle',
      filter: isCell,
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['ln', ['get', 'count']], 0.7, 15, 3, 21, 8, 34],
        'circle-color': look.dark ? '#1f3a57' : '#1d4f82',
        'circle-opacity': 0.92,
        'circle-stroke-width': 2,
        'circle-stroke-color': look.dark ? '#4a6c90' : '#ffffff',
      },
    },
    {
      id: 'public-counts',
      type: 'symbol',
      filter: isCell,
      layout: {
        'text-field': ['to-string', ['get', 'count']],
        'text-size': 13,
        'text-allow-overlap': true,
        'text-padding': 14, // the city's names begin beside the circle
      },
      paint: { 'text-color': '#ffffff' },
    },
    {
      id: 'public-points',
      type: 'circle',
      filter: ['!', isCell],
      paint: {
        'circle-radius': ['case', ['get', 'chosen'], 11, 8],
        'circle-color': ['case', ['get', 'chosen'], look.dark ? '#ef5a4c' : '#d3342a', ink(look)],
        'circle-stroke-width': 2.5,
        'circle-stroke-color': ground(look),
      },
    },
  ],
}

/** The marks of what the server found; the chosen case stands out. */
export function publicFeatures(found: PublicMap, chosen: string): Feature[] {
  const at = (id: string, lon: number, lat: number, properties: Record<string, unknown>): Feature => ({
    type: 'Feature',
    id,
    geometry: { type: 'Point', coordinates: [lon, lat] },
    properties: { id, ...properties },
  })
  return [
    ...found.cells.map((cell) => at(`cell:${cell.lon},${cell.lat}`, cell.lon, cell.lat, { count: cell.count })),
    ...found.points.map((point) => at(point.number, point.lon, point.lat, { chosen: point.number === chosen })),
  ]
}
