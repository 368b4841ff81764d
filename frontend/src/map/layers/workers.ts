/** Workers: a square with a person in it; free, busy and off duty differ by fill as well as by colour. */
import type { WorkerView } from '@/api/types'
import type { Feature, Look, MapLayer } from '../types'
import { paint } from './paint'

export const WORKERS = 'workers'
export type WorkerState = 'free' | 'busy' | 'off'

export const workerState = (worker: WorkerView): WorkerState =>
  !worker.on_duty ? 'off' : worker.open_tasks > 0 ? 'busy' : 'free'

function drawWorker(name: string, look: Look): ImageData | null {
  const [kind, state] = name.split(':')
  if (kind !== 'worker') return null
  const ground = look.dark ? '#0d131a' : '#ffffff'
  const ink = state === 'off' ? '#8592a1' : look.dark ? '#4cc2c9' : '#0a6f78'
  return paint(26, (context) => {
    context.beginPath()
    context.roundRect(-9, -9, 18, 18, 5)
    context.lineWidth = 3
    context.strokeStyle = ground
    context.stroke()
    context.fillStyle = state === 'busy' ? ink : ground
    context.fill()
    context.lineWidth = 2
    context.strokeStyle = ink
    context.stroke()
    context.fillStyle = state === 'busy' ? ground : ink
    context.beginPath()
    context.arc(0, -2.8, 2.9, 0, Math.PI * 2)
    context.fill()
    context.beginPath()
    context.arc(0, 6.4, 5, Math.PI, 0)
    context.fill()
  })
}

/** From here on streets have names: before it a worker is a dot among them, so that the names can be read. */
const NEAR_ZOOM = 14.5
/** Those off duty stand back: they cannot be sent. */
const off = ['==', ['get', 'state'], 'off']

export const workersLayer: MapLayer = {
  id: WORKERS,
  clickable: ['worker-symbols', 'worker-dots'],
  under: ['worker-dots'],
  image: drawWorker,
  layers: (look) => [
    {
      id: 'worker-dots',
      type: 'circle',
      maxzoom: NEAR_ZOOM,
      paint: {
        'circle-radius': ['case', off, 2.5, 4],
        'circle-color': [
          'case',
          ['==', ['get', 'state'], 'busy'],
          look.dark ? '#4cc2c9' : '#0a6f78',
          look.dark ? '#0d131a' : '#ffffff',
        ],
        'circle-stroke-width': 2,
        'circle-stroke-color': ['case', off, '#8592a1', look.dark ? '#4cc2c9' : '#0a6f78'],
        'circle-opacity': ['case', off, 0.5, 1],
        'circle-stroke-opacity': ['case', off, 0.5, 1],
      },
    },
    {
      id: 'worker-symbols',
      type: 'symbol',
      minzoom: NEAR_ZOOM,
      layout: {
        'icon-image': ['concat', 'worker:', ['get', 'state']],
        'icon-size': ['case', off, 0.75, 1],
        'symbol-sort-key': ['case', off, 0, 1],
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
        'text-field': [
          'step',
          ['zoom'],
          '',
          NEAR_ZOOM,
          [
            'concat',
            ['get', `name_${look.locale}`],
            ['case', ['>', ['get', 'tasks'], 0], ['concat', ' · ', ['to-string', ['get', 'tasks']]], ''],
          ],
        ],
        'text-size': 11,
        'text-offset': [0, 1.3],
        'text-anchor': 'top',
        'text-optional': true,
      },
      paint: {
        'icon-opacity': ['case', off, 0.6, 1],
        'text-color': look.dark ? '#cfe0f2' : '#123a5e',
        'text-halo-color': look.dark ? '#0d131a' : '#ffffff',
        'text-halo-width': 1.5,
      },
    },
  ],
}

export function workerFeature(worker: WorkerView): Feature | null {
  if (!worker.point) return null
  return {
    type: 'Feature',
    id: worker.id,
    geometry: { type: 'Point', coordinates: worker.point },
    properties: {
      id: worker.id,
      state: workerState(worker),
      tasks: worker.open_tasks,
      name_zh: worker.name.zh,
      name_en: worker.name.en,
    },
  }
}
