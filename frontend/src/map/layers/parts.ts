/** Registered parts near the pin: a ring each, the chosen one filled. */
import type { Point } from '@/api/types'
import type { Feature, MapLayer } from '../types'

export const PARTS = 'parts'

export const partsLayer: MapLayer = {
  id: PARTS,
  clickable: ['part-dots'],
  layers: (look) => [
    {
      id: 'part-dots',
      type: 'circle',
      paint: {
        'circle-radius': 11,
        'circle-color': [
          'case',
          ['get', 'chosen'],
          look.dark ? '#74b6ff' : '#0b5cad',
          look.dark ? '#0d131a' : '#ffffff',
        ],
        'circle-stroke-color': look.dark ? '#74b6ff' : '#0b5cad',
        'circle-stroke-width': 4,
      },
    },
  ],
}

export const partFeatures = (parts: { id: string; point: Point }[], chosen: string): Feature[] =>
  parts.map(({ id, point }) => ({
    id,
    type: 'Feature',
    geometry: { type: 'Point', coordinates: point },
    properties: { chosen: id === chosen },
  }))
