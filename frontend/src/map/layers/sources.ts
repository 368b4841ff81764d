/** All sources by how they fare: each condition has a shape of its own, so that no colour need be told from another. */
import type { SourceView } from '@/api/types'
import { CONDITIONS, type Condition } from '@/i18n/health'
import type { Feature, Look, MapLayer } from '../types'
import { paint } from './paint'

export const SOURCES = 'sources'

const INK: Record<Condition, { light: string; dark: string }> = {
  silent: { light: '#b3261e', dark: '#ff9085' },
  flooding: { light: '#6a3fb5', dark: '#c3a6ff' },
  'clock-bad': { light: '#805000', dark: '#f7c55c' },
  'parse-errors': { light: '#6a3fb5', dark: '#c3a6ff' },
  late: { light: '#805000', dark: '#f7c55c' },
  unknown: { light: '#5c6977', dark: '#96a5b6' },
  live: { light: '#14683c', dark: '#6fd69b' },
}
type Draw = (context: CanvasRenderingContext2D) => void
function lines(...points: [number, number][][]): Draw {
  return (context) => {
    for (const line of points) {
      context.beginPath()
      for (const [x, y] of line) context.lineTo(x, y)
      context.stroke()
    }
  }
}
function dot(radius: number): Draw {
  return (context) => {
    context.beginPath()
    context.arc(0, 0, radius, 0, 2 * Math.PI)
    context.fill()
  }
}
const SIGN: Record<Condition, Draw> = {
  silent: lines(
    [
      [-3, -3],
      [3, 3],
    ],
    [
      [-3, 3],
      [3, -3],
    ],
  ),
  flooding: lines(
    [
      [-4, -2],
      [-1, -4],
      [1, -1],
      [4, -3],
    ],
    [
      [-4, 3],
      [-1, 1],
      [1, 4],
      [4, 2],
    ],
  ),
  'clock-bad': lines([
    [0, -4],
    [0, 0],
    [3, 2],
  ]),
  'parse-errors': lines(
    [
      [0, -4],
      [0, 1],
    ],
    [
      [0, 3.4],
      [0, 4],
    ],
  ),
  late: lines(
    [
      [-4, 0],
      [-3.4, 0],
    ],
    [
      [-0.3, 0],
      [0.3, 0],
    ],
    [
      [3.4, 0],
      [4, 0],
    ],
  ),
  unknown: () => undefined,
  live: dot(3.5),
}

function drawSource(name: string, look: Look): ImageData | null {
  const [kind, word] = name.split(':')
  const condition = CONDITIONS.find((each) => each === word)
  if (kind !== 'source' || !condition) return null
  const ink = INK[condition][look.dark ? 'dark' : 'light']
  return paint(18, (context) => {
    context.fillStyle = look.dark ? '#0d131a' : '#ffffff'
    context.strokeStyle = ink
    context.lineWidth = 2
    context.lineCap = 'round'
    context.beginPath()
    context.arc(0, 0, 7, 0, 2 * Math.PI)
    context.fill()
    context.stroke()
    context.fillStyle = ink
    SIGN[condition](context)
  })
}

export const sourcesLayer: MapLayer = {
  id: SOURCES,
  clickable: ['source-symbols'],
  image: drawSource,
  layers: () => [
    {
      id: 'source-symbols',
      type: 'symbol',
      layout: {
        'icon-image': ['concat', 'source:', ['get', 'health']],
        'icon-size': ['interpolate', ['linear'], ['zoom'], 12, 0.6, 15, 1],
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
        // What is not well lies above what is.
        'symbol-sort-key': ['get', 'rank'],
      },
    },
  ],
}

const RANK = new Map<string, number>(CONDITIONS.map((condition, at) => [condition, CONDITIONS.length - at]))

export function sourceFeature(source: SourceView): Feature[] {
  if (!source.point) return []
  const properties = { id: source.id, health: source.health, rank: RANK.get(source.health) ?? 0 }
  return [{ type: 'Feature', id: source.id, geometry: { type: 'Point', coordinates: source.point }, properties }]
}
