/** What the page's address says: a part's sticker, a link of the map. Taken once, and only into a form that is empty. */
import { getPart, type ReportFields } from '@/api/reports'
import type { Part } from '@/api/types'

export interface Prefill {
  component: string
  category: string
  lon: number | null
  lat: number | null
  address: string
}

const degrees = (text: string | null, most: number): number | null => {
  const found = text ? Number(text) : NaN
  return Math.abs(found) <= most ? found : null
}

export function readPrefill(search: string): Prefill | null {
  const query = new URLSearchParams(search)
  const lon = degrees(query.get('lon'), 180)
  const lat = degrees(query.get('lat'), 90)
  const at = lon !== null && lat !== null ? { lon, lat } : { lon: null, lat: null }
  const read = (name: string): string => (query.get(name) ?? '').trim().slice(0, 200)
  const found = { component: read('component'), category: read('category'), ...at, address: read('address') }
  return Object.values(found).some((value) => value) ? found : null
}

/** Put it into the fields; the part's own place and category where it says a part. */
export async function applyPrefill(
  fields: ReportFields,
  said: Prefill,
  known: (category: string) => boolean,
): Promise<void> {
  const part: Part | null = said.component ? await getPart(said.component).catch(() => null) : null
  const category = part?.category ?? said.category
  Object.assign(fields, {
    category: known(category) ? category : '',
    component: part?.id ?? '',
    lon: part?.point[0] ?? said.lon,
    lat: part?.point[1] ?? said.lat,
    address: said.address || (part?.name ?? ''),
  })
}
