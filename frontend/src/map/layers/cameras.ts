/** Cameras: where they stand and the wedge that they look at. */
import type { Point, SourceView } from '@/api/types'
import type { Feature, Look, MapLayer } from '../types'
import { paint } from './paint'

export const CAMERAS = 'cameras'

const LIVE = { light: '#6a3fb5', dark: '#c3a6ff' }
const LOST = { light: '#9a4a44', dark: '#e0887f' }
/** Nothing tells whether it works: never drawn as one that does. */
const UNKNOWN = { light: '#5c6977', dark: '#96a5b6' }
const INKS: Record<string, typeof LIVE> = { lost: LOST, unknown: UNKNOWN }
const METRES_PER_DEGREE = 111_320
const WEDGE_STEPS = 8

function drawCamera(name: string, look: Look): ImageData | null {
  const [kind, state] = name.split(':')
  if (kind !== 'camera') return null
  const ink = (INKS[state ?? ''] ?? LIVE)[look.dark ? 'dark' : 'light']
  return paint(18, (context) => {
    context.fillStyle = look.dark ? '#0d131a' : '#ffffff'
    context.beginPath()
    context.roundRect(-8, -6.5, 16, 13, 3)
    context.fill()
    context.fillStyle = ink
    context.beginPath()
    context.roundRect(-6.5, -4.5, 8.5, 9, 2)
    context.fill()
    context.beginPath()
    context.moveTo(2.5, -0.5)
    context.lineTo(6.5, -4)
    context.lineTo(6.5, 4)
    context.lineTo(2.5, 0.5)
    context.fill()
    if (state !== 'lost') return
    context.strokeStyle = ink
    context.lineWidth = 2
    context.beginPath()
    context.moveTo(-8, -8)
    context.lineTo(8, 8)
    context.stroke()
  })
}

export const camerasLayer: MapLayer = {
  id: CAMERAS,
  clickable: ['camera-symbols'],
  image: drawCamera,
  layers: (look) => [
    {
      id: 'camera-views',
      type: 'fill',
      minzoom: 14,
      filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': LIVE[look.dark ? 'dark' : 'light'], 'fill-opacity': 0.16 },
    },
    {
      id: 'camera-symbols',
      type: 'symbol',
      filter: ['==', ['geometry-type'], 'Point'],
      layout: {
        'icon-image': ['concat', 'camera:', ['get', 'state']],
        'icon-size': ['interpolate', ['linear'], ['zoom'], 12, 0.6, 15, 1],
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
      },
    },
  ],
}

/** The area a camera looks at, as a flat wedge: right to centimetres at the ranges cameras have. */
function wedge(point: Point, headingDeg: number, viewDeg: number, rangeM: number): Point[] {
  const lonScale = METRES_PER_DEGREE * Math.cos((point[1] * Math.PI) / 180)
  const ring: Point[] = [point]
  for (let step = 0; step <= WEDGE_STEPS; step += 1) {
    const bearing = ((headingDeg - viewDeg / 2 + (viewDeg * step) / WEDGE_STEPS) * Math.PI) / 180
    ring.push([
      point[0] + (Math.sin(bearing) * rangeM) / lonScale,
      point[1] + (Math.cos(bearing) * rangeM) / METRES_PER_DEGREE,
    ])
  }
  return [...ring, point]
}

export function cameraFeatures(source: SourceView): Feature[] {
  if (!source.point) return []
  const state = source.health === 'silent' ? 'lost' : source.health === 'unknown' ? 'unknown' : 'live'
  const properties = { id: source.id, state }
  const mark: Feature = {
    type: 'Feature',
    id: source.id,
    geometry: { type: 'Point', coordinates: source.point },
    properties,
  }
  if (source.heading_deg === null || !source.view_deg || !source.range_m) return [mark]
  const ring = wedge(source.point, source.heading_deg, source.view_deg, source.range_m)
  const id = `${source.id}/view`
  return [
    mark,
    { type: 'Feature', id, geometry: { type: 'Polygon', coordinates: [ring] }, properties: { ...properties, id } },
  ]
}
