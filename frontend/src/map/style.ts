/**
 * The basemap's looks, light and dark, for the vector tiles made from the city pack.
 *
 * No glyphs are fetched: without `glyphs` the map draws all text, Chinese too, from the reader's own fonts.
 */
import type { Look, StyleLayer, StyleSource } from './types'

const LIGHT = {
  outside: '#dfe5ea',
  land: '#f5f3ee',
  water: '#aecfe6',
  green: '#d5e6c8',
  minor: '#ffffff',
  major: '#ffffff',
  trunk: '#fbe3b3',
  casing: '#d8d2c6',
  path: '#cfc8b8',
  bridge: '#fff6e0',
  street: '#8a6fb0',
  community: '#b9a9cf',
  grid: '#cfc9da',
  text: '#3c4650',
  textSoft: '#5f6a75',
  textGreen: '#3b6a2f',
  textArea: '#6a4f93',
  halo: '#ffffff',
  component: '#9aa5b1',
}
const DARK: typeof LIGHT = {
  outside: '#0b1118',
  land: '#161e28',
  water: '#10304a',
  green: '#16301f',
  minor: '#2a3542',
  major: '#3a4859',
  trunk: '#5a5237',
  casing: '#10161d',
  path: '#2a3542',
  bridge: '#4a5a6d',
  street: '#8f77bd',
  community: '#4c4468',
  grid: '#2d3343',
  text: '#d2dbe5',
  textSoft: '#9aa8b8',
  textGreen: '#86c08f',
  textArea: '#b79fe0',
  halo: '#10161d',
  component: '#5b6a7a',
}

const BASEMAP = 'basemap'
const zoom = (...stops: number[]): unknown[] => ['interpolate', ['linear'], ['zoom'], ...stops]
const grow = (...stops: number[]): unknown[] => ['interpolate', ['exponential', 1.6], ['zoom'], ...stops]

function polygons(c: typeof LIGHT): StyleLayer[] {
  const fill = (id: string, color: string): StyleLayer => ({
    id,
    type: 'fill',
    source: BASEMAP,
    'source-layer': id,
    paint: { 'fill-color': color, 'fill-antialias': true },
  })
  return [fill('land', c.land), fill('green', c.green), fill('water', c.water)]
}

function road(id: string, classes: string[], color: string, width: unknown[], minzoom: number): StyleLayer {
  return {
    id,
    type: 'line',
    source: BASEMAP,
    'source-layer': 'roads',
    minzoom,
    filter: ['in', ['get', 'class'], ['literal', classes]],
    layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: { 'line-color': color, 'line-width': width },
  }
}

function roads(c: typeof LIGHT): StyleLayer[] {
  const trunks = ['primary', 'bridge']
  return [
    {
      ...road('road-path', ['footway'], c.path, grow(14, 0.6, 18, 2), 14.5),
      paint: { 'line-color': c.path, 'line-width': grow(14, 0.6, 18, 2), 'line-dasharray': [2, 1.5] },
    },
    road('road-minor-casing', ['residential'], c.casing, grow(12, 1, 15, 4, 18, 14), 13),
    road('road-minor', ['residential'], c.minor, grow(12, 0.5, 15, 3, 18, 12), 12.5),
    road('road-major-casing', ['secondary'], c.casing, grow(11, 1.2, 15, 6.5, 18, 22), 11.5),
    road('road-trunk-casing', trunks, c.casing, grow(10, 1.6, 15, 9, 18, 28), 10),
    road('road-major', ['secondary'], c.major, grow(11, 0.7, 15, 5, 18, 20), 11.5),
    road('road-trunk', ['primary'], c.trunk, grow(10, 1, 15, 7, 18, 25), 10),
    road('road-bridge', ['bridge'], c.bridge, grow(10, 1, 15, 7, 18, 25), 10),
  ]
}

function borders(c: typeof LIGHT): StyleLayer[] {
  const line = (id: string, color: string, width: unknown, minzoom: number, dash?: number[]): StyleLayer => ({
    id,
    type: 'line',
    source: BASEMAP,
    'source-layer': id,
    minzoom,
    paint: { 'line-color': color, 'line-width': width, ...(dash && { 'line-dasharray': dash }) },
  })
  return [
    line('grids', c.grid, 0.7, 15.2, [2, 2]),
    line('communities', c.community, zoom(12, 0.6, 16, 1.4), 13),
    line('streets', c.street, zoom(10, 1, 16, 2.4), 10, [4, 2]),
    line('district', c.street, zoom(9, 1.5, 16, 3), 9),
  ]
}

interface Label {
  id: string
  sourceLayer: string
  color: string
  size: unknown
  minzoom: number
  maxzoom?: number
  line?: boolean
  filter?: unknown[]
  /** How far aside the name may stand (in ems of its size) where a case or another name is on its place. */
  aside?: number
}

/** Its own place first; a name that had to go aside stays there, and does not come and go with a case. */
const ANCHORS = ['center', 'bottom', 'top', 'left', 'right']

function label(spec: Label, look: Look, halo: string): StyleLayer {
  const { line, aside } = spec
  return {
    id: spec.id,
    type: 'symbol',
    source: BASEMAP,
    'source-layer': spec.sourceLayer,
    minzoom: spec.minzoom,
    ...(spec.maxzoom && { maxzoom: spec.maxzoom }),
    ...(spec.filter && { filter: spec.filter }),
    layout: {
      'text-field': ['coalesce', ['get', `name_${look.locale}`], ['get', 'name_zh'], ''],
      'text-size': spec.size,
      'text-max-width': 8,
      'text-padding': 4,
      ...(aside && { 'text-variable-anchor': ANCHORS, 'text-radial-offset': aside, 'text-justify': 'auto' }),
      ...(line && { 'symbol-placement': 'line', 'symbol-spacing': 320, 'text-max-angle': 35 }),
    },
    paint: { 'text-color': spec.color, 'text-halo-color': halo, 'text-halo-width': 1.4 },
  }
}

function labels(c: typeof LIGHT, look: Look): StyleLayer[] {
  const rows: Label[] = [
    { id: 'label-green', sourceLayer: 'green_labels', color: c.textGreen, size: 11, minzoom: 14 },
    {
      id: 'label-road-minor',
      sourceLayer: 'roads',
      color: c.textSoft,
      size: 11,
      minzoom: 15.5,
      line: true,
      filter: ['==', ['get', 'class'], 'residential'],
    },
    {
      id: 'label-road',
      sourceLayer: 'roads',
      color: c.text,
      size: zoom(13, 11, 17, 13),
      minzoom: 13.5,
      line: true,
      filter: ['in', ['get', 'class'], ['literal', ['primary', 'secondary', 'bridge']]],
    },
    { id: 'label-place', sourceLayer: 'place_labels', color: c.text, size: 11.5, minzoom: 13.5, aside: 1 },
    {
      id: 'label-community',
      sourceLayer: 'community_labels',
      color: c.textArea,
      size: zoom(13.5, 11, 16, 13),
      minzoom: 14,
      aside: 1.4,
    },
    {
      id: 'label-street',
      sourceLayer: 'street_labels',
      color: c.textArea,
      size: zoom(10, 12, 14, 16),
      minzoom: 10,
      maxzoom: 16,
      aside: 1.6,
    },
  ]
  return rows.map((row) => label(row, look, c.halo))
}

export function basemapSources(url: string | null): Record<string, StyleSource> {
  return url ? { [BASEMAP]: { type: 'vector', url: `pmtiles://${new URL(url, location.href).href}` } } : {}
}

/** The basemap's layers, lowest first; only the ground colour where the city has no basemap. */
export function basemapLayers(look: Look, hasTiles: boolean): StyleLayer[] {
  const c = look.dark ? DARK : LIGHT
  const ground: StyleLayer = { id: 'ground', type: 'background', paint: { 'background-color': c.outside } }
  if (!hasTiles) return [ground]
  const components: StyleLayer = {
    id: 'components',
    type: 'circle',
    source: BASEMAP,
    'source-layer': 'components',
    minzoom: 16.5,
    paint: { 'circle-radius': 2, 'circle-color': c.component },
  }
  return [ground, ...polygons(c), ...roads(c), ...borders(c), components, ...labels(c, look)]
}
