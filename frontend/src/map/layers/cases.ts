/** Open cases: clustered; one symbol per light (shape as well as colour), a ring for critical ones, a halo for the selected. */
import type { CaseView, Light } from '@/api/types'
import type { Feature, Look, MapLayer } from '../types'
import { paint, polygon } from './paint'

export const CASES = 'cases'

const FILL: Record<Light, { light: string; dark: string }> = {
  green: { light: '#1d8a53', dark: '#35b56f' },
  yellow: { light: '#e39a14', dark: '#f0b63c' },
  red: { light: '#cf2f25', dark: '#f0594b' },
  none: { light: '#5d6b7a', dark: '#8fa0b3' },
}

/** green circle, yellow triangle, red octagon, none hollow circle. */
function shape(context: CanvasRenderingContext2D, light: Light): void {
  if (light === 'yellow') polygon(context, 3, 9.5)
  else if (light === 'red') polygon(context, 8, 9, Math.PI / 8)
  else {
    context.beginPath()
    context.arc(0, 0, 7.5, 0, Math.PI * 2)
  }
}

function drawCase(name: string, look: Look): ImageData | null {
  const [kind, light, mark] = name.split(':')
  if (kind !== 'case') return null
  const key = light as Light
  return paint(28, (context) => {
    const color = FILL[key][look.dark ? 'dark' : 'light']
    if (key === 'yellow') context.translate(0, 1.5)
    context.lineJoin = 'round'
    context.lineWidth = mark === 'critical' ? 5 : 3
    context.strokeStyle = mark === 'critical' ? '#7a1fd1' : look.dark ? '#0d131a' : '#ffffff'
    shape(context, key)
    context.stroke()
    context.fillStyle = key === 'none' ? (look.dark ? '#1b2531' : '#ffffff') : color
    context.fill()
    if (key === 'none') {
      context.lineWidth = 2.5
      context.strokeStyle = color
      context.stroke()
    }
    context.fillStyle =
      key === 'yellow' || (look.dark && key !== 'none') ? '#1a1300' : key === 'none' ? color : '#ffffff'
    context.font = '900 11px system-ui, sans-serif'
    context.textAlign = 'center'
    context.textBaseline = 'middle'
    if (mark !== 'general') context.fillText('!', 0, 0.5)
  })
}

/**
 * A case is always drawn, and the city's names make room for it: it stands still for hours. (What moves, workers, never
 * pushes a name about.)
 */
const symbol = {
  'icon-image': ['concat', 'case:', ['get', 'light'], ':', ['get', 'priority']],
  'icon-allow-overlap': true,
}
/** From the count in the middle of a cluster to its edge, where names may begin. */
const CLUSTER_PX = 13
const isCluster = ['has', 'point_count']
const isCase = ['!', isCluster]
const sum = (light: Light): unknown[] => ['+', ['case', ['==', ['get', 'light'], light], 1, 0]]

export const casesLayer: MapLayer = {
  id: CASES,
  source: {
    cluster: true,
    clusterRadius: 44,
    clusterMaxZoom: 15,
    clusterProperties: { red: sum('red'), yellow: sum('yellow') },
  },
  clickable: ['case-clusters', 'case-symbols'],
  image: drawCase,
  layers: (look) => [
    {
      id: 'case-clusters',
      type: 'circle',
      filter: isCluster,
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['ln', ['get', 'point_count']], 0.7, 13, 3, 19, 7, 32],
        'circle-color': look.dark ? '#1f3a57' : '#1d4f82',
        'circle-opacity': 0.92,
        'circle-stroke-width': 3,
        'circle-stroke-color': [
          'case',
          ['>', ['get', 'red'], 0],
          FILL.red[look.dark ? 'dark' : 'light'],
          ['>', ['get', 'yellow'], 0],
          FILL.yellow[look.dark ? 'dark' : 'light'],
          look.dark ? '#4a6c90' : '#ffffff',
        ],
      },
    },
    {
      id: 'case-cluster-counts',
      type: 'symbol',
      filter: isCluster,
      layout: {
        'text-field': [
          'case',
          ['>', ['get', 'red'], 0],
          ['concat', ['get', 'point_count_abbreviated'], '\n!', ['get', 'red']],
          ['get', 'point_count_abbreviated'],
        ],
        'text-size': 12,
        'text-line-height': 1.05,
        'text-allow-overlap': true,
        'text-padding': CLUSTER_PX,
      },
      paint: { 'text-color': '#ffffff' },
    },
    {
      id: 'case-symbols',
      type: 'symbol',
      filter: isCase,
      layout: { ...symbol, 'symbol-sort-key': ['get', 'order'] },
    },
  ],
}

/** The case that is open in the panel: never inside a cluster, above all others. */
export const FOCUS = 'focus'
/** From the symbol to the edge of its halo. */
const HALO_PX = 12
export const focusLayer: MapLayer = {
  id: FOCUS,
  image: drawCase,
  layers: (look) => [
    {
      id: 'focus-halo',
      type: 'circle',
      paint: {
        'circle-radius': 19,
        'circle-color': look.dark ? '#74b6ff' : '#0b5cad',
        'circle-opacity': 0.3,
        'circle-stroke-width': 3,
        'circle-stroke-color': look.dark ? '#9accff' : '#0b5cad',
      },
    },
    { id: 'focus-symbol', type: 'symbol', layout: { ...symbol, 'icon-padding': HALO_PX } },
  ],
}

const ORDER: Record<Light, number> = { none: 0, green: 1, yellow: 2, red: 3 }

/** A case on the map; null where its place is not known. */
export function caseFeature(item: CaseView, light: Light): Feature | null {
  const { lon, lat } = item.place
  if (lon === null || lat === null) return null
  return {
    type: 'Feature',
    id: item.id,
    geometry: { type: 'Point', coordinates: [lon, lat] },
    properties: { id: item.id, light, priority: item.priority, order: ORDER[light] },
  }
}
