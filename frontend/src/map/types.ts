/** What the rest of the front knows of maps. The library's own types stay in map.ts. */
import type { Point } from '@/api/types'
import type { Locale } from '@/i18n'

export type StyleLayer = Record<string, unknown> & { id: string; type: string }
export type StyleSource = Record<string, unknown> & { type: string }

export interface Look {
  dark: boolean
  locale: Locale
}

export type Feature = GeoJSON.Feature & { id: string }

export type BasemapName = 'label-street' | 'label-community'

/** One layer of ours on the basemap: its GeoJSON source, how it is drawn, and which of its layers can be clicked. */
export interface MapLayer {
  id: string
  /** Options of the GeoJSON source, e.g. clustering. */
  source?: Record<string, unknown>
  layers: (look: Look) => StyleLayer[]
  clickable?: string[]
  /** Those of its drawn layers that lie under the basemap's names: many small marks must not hide what they stand in. */
  under?: string[]
  /** Names of the basemap that it writes itself: they are left out there, or they would stand beside its own. */
  names?: readonly BasemapName[]
  /** Draws the images that `icon-image` names; null for a name that is not this layer's. */
  image?: (name: string, look: Look) => ImageData | null
}

export interface MapClick {
  layer: string
  id: string
  point: Point
}

export type Box = [number, number, number, number]

export class NoWebGl extends Error {}
