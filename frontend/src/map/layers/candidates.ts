/** Who could have been sent: a line from each to the case, thicker for who was, and his place in the order of costs. */
import type { Point } from '@/api/types'
import type { Feature, MapLayer } from '../types'

export const CANDIDATES = 'candidates'

export interface CandidateMark {
  worker: string
  point: Point
  rank: number
  chosen: boolean
}

const chosen = ['boolean', ['get', 'chosen'], false]

export const candidatesLayer: MapLayer = {
  id: CANDIDATES,
  layers: (look) => [
    {
      id: 'candidate-lines',
      type: 'line',
      filter: ['==', ['geometry-type'], 'LineString'],
      layout: { 'line-cap': 'round' },
      paint: {
        'line-color': look.dark ? '#c3a6ff' : '#6a3fb5',
        'line-width': ['case', chosen, 4, 1.5],
        'line-opacity': ['case', chosen, 0.95, 0.7],
      },
    },
    {
      id: 'candidate-places',
      type: 'circle',
      filter: ['==', ['geometry-type'], 'Point'],
      paint: {
        'circle-radius': 11,
        'circle-color': ['case', chosen, look.dark ? '#c3a6ff' : '#6a3fb5', look.dark ? '#2a2046' : '#efe8fb'],
        'circle-stroke-width': 2,
        'circle-stroke-color': look.dark ? '#c3a6ff' : '#6a3fb5',
      },
    },
    {
      id: 'candidate-ranks',
      type: 'symbol',
      filter: ['==', ['geometry-type'], 'Point'],
      layout: {
        'text-field': ['to-string', ['get', 'rank']],
        'text-size': 12,
        'text-allow-overlap': true,
        'text-ignore-placement': true,
      },
      paint: { 'text-color': ['case', chosen, look.dark ? '#14102a' : '#ffffff', look.dark ? '#efe8fb' : '#3a1f78'] },
    },
  ],
}

export const candidateFeatures = (marks: CandidateMark[], to: Point): Feature[] =>
  marks.flatMap(({ worker, point, rank, chosen: isChosen }) => {
    const properties = { id: worker, rank, chosen: isChosen }
    return [
      {
        type: 'Feature' as const,
        id: `line-${worker}`,
        geometry: { type: 'LineString' as const, coordinates: [point, to] },
        properties: { ...properties, id: `line-${worker}` },
      },
      { type: 'Feature' as const, id: worker, geometry: { type: 'Point' as const, coordinates: point }, properties },
    ]
  })
