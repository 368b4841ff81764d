/** What a label's code says: `?component=CODE` of a part of the register, or `?place=lon,lat`. */
import { getPublicComponent } from '@/api/public'
import type { Point, Words } from '@/api/types'

export interface Scanned {
  point: Point
  accuracyM: number
  /** "" where the label does not say what it stands on. */
  category: string
  name: Words | null
}
/** The register knows its parts to a few metres; a label of a place stands within a house or a stop. */
const PART_M = 5
const PLACE_M = 15

export function readPlace(text: string | null): Point | null {
  const [lon = NaN, lat = NaN, ...more] = (text ?? '').split(',').map((part) => (part.trim() ? Number(part) : NaN))
  return !more.length && Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : null
}

/** What the page was opened with; null where it was not by a label, or its part is not in the register any more. */
export async function readLabel(search: string): Promise<Scanned | null> {
  const query = new URLSearchParams(search)
  const component = query.get('component')
  if (component) {
    // A label may outlive its lamp: then the form is filled by hand as ever.
    const part = await getPublicComponent(component).catch(() => null)
    if (part) return { point: [part.lon, part.lat], accuracyM: PART_M, category: part.category, name: part.name }
  }
  const point = readPlace(query.get('place'))
  return point && { point, accuracyM: PLACE_M, category: '', name: null }
}

/** Take the label out of the address: the next report is of something else. */
export function forgetLabel(): void {
  const query = new URLSearchParams(location.search)
  query.delete('component')
  query.delete('place')
  const rest = query.toString()
  history.replaceState(history.state, '', `${location.pathname}${rest && `?${rest}`}${location.hash}`)
}
