/**
 * The only file that touches the map library. Everyone else speaks to `CityMap`.
 *
 * Sources of ours are kept here as features by id: a change is held, coalesced, and goes to the map at most every FLUSH_MS
 * and never before the previous one has settled; and a new style (theme, language) starts with all of them.
 */
import {
  addProtocol,
  type GeoJSONSource,
  type GeoJSONSourceDiff,
  Map as LibraryMap,
  NavigationControl,
  Marker,
  ScaleControl,
  setWorkerUrl,
  type StyleSpecification,
} from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import 'maplibre-gl/dist/maplibre-gl.css'
import { Protocol } from 'pmtiles'
import type { Point } from '@/api/types'
import { basemapLayers, basemapSources } from './style'
import { type Box, type Feature, type Look, type MapClick, type MapLayer, NoWebGl } from './types'

/** Twice a second is as much as eyes use, and what a laptop gives with 10,000 points. */
const FLUSH_MS = 500
/** With more points than that a layer is drawn anew every other second: each time the clusters are made anew. */
const MANY = 10_000
const MANY_MS = 2_000
const MAX_ZOOM = 19
const EDGE_PX = 48

setWorkerUrl(workerUrl) // without it the build passes and no tile is ever drawn
addProtocol('pmtiles', new Protocol().tile)

interface Held {
  layer: MapLayer
  features: Map<string, Feature>
  dirty: Set<string>
  replaced: boolean
  busy: boolean
  flushedAt: number
  visible: boolean
}

export interface MapOptions {
  basemap: string | null
  center: Point
  bbox: Box | null
  look: Look
  layers: MapLayer[]
  zoom?: number
  /** Whether dragging and zooming are on; a small locator map on a phone may not want them. */
  interactive?: boolean
}

export class CityMap {
  private readonly map: LibraryMap
  private readonly held = new Map<string, Held>()
  private readonly timer: ReturnType<typeof setInterval>
  private look: Look
  private ready = false

  /** Throws NoWebGl where the browser cannot draw maps. */
  constructor(
    container: HTMLElement,
    private readonly options: MapOptions,
  ) {
    this.look = options.look
    for (const layer of options.layers)
      this.held.set(layer.id, {
        layer,
        features: new Map(),
        dirty: new Set(),
        replaced: false,
        busy: false,
        flushedAt: 0,
        visible: true,
      })
    try {
      this.map = new LibraryMap({
        container,
        style: this.makeStyle(),
        center: options.center,
        zoom: options.zoom ?? 13,
        maxZoom: MAX_ZOOM,
        attributionControl: false,
        dragRotate: false,
        pitchWithRotate: false,
        interactive: options.interactive ?? true,
        fadeDuration: 0,
      })
    } catch (cause) {
      throw new NoWebGl('WebGL2 is missing', { cause })
    }
    this.map.touchZoomRotate.disableRotation()
    this.map.keyboard.disableRotation()
    if (options.interactive !== false)
      this.map.addControl(new NavigationControl({ showCompass: false }), 'bottom-right')
    this.map.addControl(new ScaleControl({ maxWidth: 110 }), 'bottom-left')
    if (options.bbox && options.zoom === undefined) this.fit(options.bbox, false)
    this.map.setMissingStyleImageResolver((name) => this.drawImage(name))
    this.map.on('style.load', () => {
      this.ready = true
    })
    this.timer = setInterval(() => this.flush(), FLUSH_MS)
  }

  private makeStyle(): StyleSpecification {
    const { basemap } = this.options
    const sources: Record<string, unknown> = basemapSources(basemap)
    const ground = basemapLayers(this.look, basemap !== null)
    const written = new Set<string>([...this.held.values()].flatMap(({ layer }) => layer.names ?? []))
    const names = ground.filter(({ id, type }) => type === 'symbol' && !written.has(id))
    const under: unknown[] = ground.filter(({ type }) => type !== 'symbol')
    const over: unknown[] = []
    for (const { layer, features, visible } of this.held.values()) {
      const data = { type: 'FeatureCollection', features: [...features.values()] }
      sources[layer.id] = { type: 'geojson', promoteId: 'id', ...layer.source, data }
      for (const row of layer.layers(this.look)) {
        const layout = { ...(row['layout'] as object | undefined), visibility: visible ? 'visible' : 'none' }
        const pile = layer.under?.includes(row.id) ? under : over
        pile.push({ source: layer.id, ...row, layout })
      }
    }
    return { version: 8, sources, layers: [...under, ...names, ...over] } as unknown as StyleSpecification
  }

  private drawImage(name: string): void {
    for (const { layer } of this.held.values()) {
      const data = layer.image?.(name, this.look)
      if (data && !this.map.hasImage(name)) this.map.addImage(name, data, { pixelRatio: 2 })
    }
  }

  setLook(look: Look): void {
    if (look.dark === this.look.dark && look.locale === this.look.locale) return
    this.look = look
    this.ready = false
    for (const held of this.held.values()) {
      held.dirty.clear()
      held.replaced = false
    }
    this.map.setStyle(this.makeStyle(), { diff: false })
  }

  /** Show exactly these features in a layer. */
  setFeatures(layerId: string, features: Iterable<Feature>): void {
    const held = this.get(layerId)
    held.features = new Map([...features].map((feature) => [feature.id, feature]))
    held.replaced = true
    held.dirty.clear()
  }

  /** Add or change one feature, or take it off (null). */
  patch(layerId: string, id: string, feature: Feature | null): void {
    const held = this.get(layerId)
    if (feature) {
      if (isSame(held.features.get(id), feature)) return // moved on in a way that no symbol shows
      held.features.set(id, feature)
    } else if (!held.features.delete(id)) return
    held.dirty.add(id)
  }

  setVisible(layerId: string, visible: boolean): void {
    const held = this.get(layerId)
    held.visible = visible
    if (!this.ready) return
    for (const { id } of held.layer.layers(this.look))
      this.map.setLayoutProperty(id, 'visibility', visible ? 'visible' : 'none')
  }

  /** Change one colour or size of one drawn layer; a new style asks the layer itself again. */
  setPaint(styleLayerId: string, property: string, value: unknown): void {
    if (this.ready && this.map.getLayer(styleLayerId))
      this.map.setPaintProperty(styleLayerId, property as never, value as never)
    else
      this.map.once(
        'idle',
        () =>
          this.map.getLayer(styleLayerId) && this.map.setPaintProperty(styleLayerId, property as never, value as never),
      )
  }

  private get(layerId: string): Held {
    const held = this.held.get(layerId)
    if (!held) throw new Error(`no map layer ${layerId}`)
    return held
  }

  private flush(): void {
    if (!this.ready || document.hidden) return
    for (const held of this.held.values()) void this.flushOne(held)
  }

  private async flushOne(held: Held): Promise<void> {
    if (held.busy || (!held.replaced && held.dirty.size === 0)) return
    if (held.features.size > MANY && !held.replaced && performance.now() - held.flushedAt < MANY_MS) return
    held.flushedAt = performance.now()
    const source = this.map.getSource<GeoJSONSource>(held.layer.id)
    if (!source) return
    // Measured: from about a quarter of the features on, a whole new set costs less than a difference.
    const whole = held.replaced || held.dirty.size > Math.max(200, held.features.size / 4)
    const ids = [...held.dirty]
    held.replaced = false
    held.dirty.clear()
    held.busy = true
    try {
      if (whole) await source.setData({ type: 'FeatureCollection', features: [...held.features.values()] })
      else await source.updateData(difference(ids, held.features))
    } finally {
      held.busy = false
    }
  }

  onClick(listener: (click: MapClick | null, point: Point) => void): void {
    this.map.on('click', (event) => {
      const point: Point = [event.lngLat.lng, event.lngLat.lat]
      const hit = this.hit(event.point.x, event.point.y)
      if (hit?.cluster !== undefined) void this.openCluster(hit.layer, hit.cluster, hit.point)
      else listener(hit && { layer: hit.layer, id: hit.id, point: hit.point }, point)
    })
    this.map.on('mousemove', (event) => {
      const hit = this.hit(event.point.x, event.point.y)
      this.map.getCanvas().style.cursor = hit ? 'pointer' : ''
    })
  }

  private hit(x: number, y: number): (MapClick & { cluster?: number }) | null {
    const rows = [...this.held.values()].filter(({ visible }) => visible).flatMap(({ layer }) => layer.clickable ?? [])
    const layers = rows.filter((id) => this.map.getLayer(id))
    const [found] = layers.length
      ? this.map.queryRenderedFeatures(
          [
            [x - 4, y - 4],
            [x + 4, y + 4],
          ],
          { layers },
        )
      : []
    if (!found || found.geometry.type !== 'Point') return null
    const cluster = found.properties['cluster_id'] as number | undefined
    const point = found.geometry.coordinates as Point
    return {
      layer: found.source,
      id: String(found.properties['id'] ?? ''),
      point,
      ...(cluster !== undefined && { cluster }),
    }
  }

  private async openCluster(layerId: string, cluster: number, point: Point): Promise<void> {
    const zoom = await this.map.getSource<GeoJSONSource>(layerId)?.getClusterExpansionZoom(cluster)
    this.map.easeTo({ center: point, zoom: Math.min((zoom ?? this.map.getZoom() + 2) + 0.3, MAX_ZOOM) })
  }

  onMoved(listener: () => void): void {
    this.map.on('moveend', listener)
  }
  onIdle(listener: () => void): void {
    this.map.on('idle', listener)
  }
  onError(listener: (message: string) => void): void {
    this.map.on('error', (event) => listener(event.error.message))
  }
  getCenter(): Point {
    const { lng, lat } = this.map.getCenter()
    return [lng, lat]
  }
  getZoom(): number {
    return this.map.getZoom()
  }
  getBox(): Box {
    const bounds = this.map.getBounds()
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]
  }

  /** Bring a point into the middle, no nearer than it already is unless `zoom` says so. */
  show(point: Point, zoom?: number): void {
    this.map.easeTo({
      center: point,
      ...(zoom !== undefined && { zoom: Math.max(zoom, this.map.getZoom()) }),
      duration: 400,
    })
  }
  /** Bring a point into the middle only when it is off the screen, or so near its edge that it is half hidden. */
  reveal(point: Point, zoom?: number): void {
    this.map.resize() // a pane may just have opened beside the map
    const { x, y } = this.map.project(point)
    const { clientWidth: width, clientHeight: height } = this.map.getContainer()
    const inside = x > EDGE_PX && y > EDGE_PX && x < width - EDGE_PX && y < height - EDGE_PX
    if (!inside || (zoom !== undefined && this.map.getZoom() < zoom)) this.show(point, zoom)
  }
  fit(box: Box, animate = true): void {
    this.map.fitBounds(box, { padding: 32, maxZoom: 17, animate })
  }

  /** A pin that people may drag (citizens choosing a place). Gives back how to move it and take it off. */
  addPin(point: Point, onMoved?: (point: Point) => void): { move: (point: Point) => void; remove: () => void } {
    const marker = new Marker({ draggable: onMoved !== undefined, color: '#d3342a' }).setLngLat(point).addTo(this.map)
    marker.on('dragend', () => {
      const { lng, lat } = marker.getLngLat()
      onMoved?.([lng, lat])
    })
    return { move: (next) => void marker.setLngLat(next), remove: () => void marker.remove() }
  }

  resize(): void {
    this.map.resize()
  }
  destroy(): void {
    clearInterval(this.timer)
    this.map.remove()
  }
}

/** Whether two point features are drawn alike: the same place and the same properties. */
function isSame(before: Feature | undefined, after: Feature): boolean {
  if (before?.geometry.type !== 'Point' || after.geometry.type !== 'Point') return false
  const [lon, lat] = before.geometry.coordinates
  if (lon !== after.geometry.coordinates[0] || lat !== after.geometry.coordinates[1]) return false
  const was = before.properties ?? {}
  return Object.entries(after.properties ?? {}).every(([key, value]) => was[key] === value)
}

function difference(ids: string[], features: Map<string, Feature>): GeoJSONSourceDiff {
  const add: Feature[] = []
  const remove: string[] = []
  for (const id of ids) {
    const feature = features.get(id)
    if (feature) add.push(feature)
    else remove.push(id)
  }
  return { add, remove } // adding an id that is there replaces it
}
