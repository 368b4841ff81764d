/** What the page's address says: the label of a part or of a place, a link of the map. Taken once, and only into a form that is empty. */
import { getPart, type ReportFields } from '@/api/reports'
import type { Part, Point } from '@/api/types'

export interface Prefill {
  component: string
  category: string
  point: Point | null
  /** How well a label says where it stands; null for a point of the map. */
  accuracyM: number | null
  address: string
}
/** The register knows its parts to a few metres; a label of a place stands within a house or a stop. */
const PART_M = 5
const PLACE_M = 15

export function readPoint(lon: string | null | undefined, lat: string | null | undefined): Point | null {
  const [x, y] = [lon?.trim() ? Number(lon) : NaN, lat?.trim() ? Number(lat) : NaN]
  return Math.abs(x) <= 180 && Math.abs(y) <= 90 ? [x, y] : null
}

export function readPrefill(search: string): Prefill | null {
  const query = new URLSearchParams(search)
  const read = (name: string): string => (query.get(name) ?? '').trim().slice(0, 200)
  const [lon, lat, ...more] = read('place').split(',')
  const label = more.length ? null : readPoint(lon, lat)
  const found = {
    component: read('component'),
    category: read('category'),
    point: label ?? readPoint(query.get('lon'), query.get('lat')),
    accuracyM: label ? PLACE_M : null,
    address: read('address'),
  }
  return Object.values(found).some((value) => value) ? found : null
}

/** Put it into the fields; the part's own place and category where it says a part. Returns what a label stands on: the
 *  part's name, "" for a place, null where none was scanned. A label may outlive its part. */
export async function applyPrefill(
  fields: ReportFields,
  said: Prefill,
  known: (category: string) => boolean,
): Promise<string | null> {
  const part: Part | null = said.component ? await getPart(said.component).catch(() => null) : null
  const category = part?.category ?? said.category
  const point = part?.point ?? said.point
  Object.assign(fields, {
    category: known(category) ? category : '',
    component: part?.id ?? '',
    lon: point?.[0] ?? null,
    lat: point?.[1] ?? null,
    accuracy_m: part ? PART_M : said.accuracyM,
    address: said.address || (part?.name ?? ''),
  })
  return part ? part.name : said.accuracyM === null ? null : ''
}
