/** What of the public cases is looked at: it stands in the address, so that it can be sent and come back to. */
import { onScopeDispose, reactive, ref, shallowRef, watch } from 'vue'
import { getPublicMap, listPublicCases, type PublicFilter } from '@/api/public'
import type { PublicMap, PublicRow } from '@/api/types'
import type { Box } from '@/map/types'

/** Under this address the page stands in another site's frame: the map alone, and links that open tabs. */
const EMBED_PATH = /\/report\/embed\/?$/
export const isEmbedded = (): boolean => EMBED_PATH.test(location.pathname)

/** The parameters of the public map: behind `#/map?`, or of the frame's own address. */
export function readFilter(hash: string, search: string): PublicFilter {
  const query = new URLSearchParams(hash.startsWith('#/map') ? (hash.split('?')[1] ?? '') : search)
  return {
    state: query.get('state') === 'closed' ? 'closed' : 'open',
    category: query.get('category') ?? '',
    area: query.get('area') ?? '',
    bbox: readBox(query.get('bbox')) ? (query.get('bbox') ?? '') : '',
  }
}

export function readBox(text: string | null): Box | null {
  const sides = (text ?? '').split(',').map(Number)
  const [west = NaN, south = NaN, east = NaN, north = NaN] = sides
  return sides.length === 4 && west <= east && south <= north ? [west, south, east, north] : null
}

/** A box a little larger, to 0.001°: who moves the map by a finger's breadth asks the same question. */
export const writeBox = ([west, south, east, north]: Box): string =>
  [Math.floor(west * 1e3), Math.floor(south * 1e3), Math.ceil(east * 1e3), Math.ceil(north * 1e3)]
    .map((side) => (side / 1e3).toFixed(3))
    .join(',')

export function writeQuery(filter: PublicFilter): string {
  const query = new URLSearchParams()
  if (filter.state !== 'open') query.set('state', filter.state)
  for (const name of ['category', 'area', 'bbox'] as const) if (filter[name]) query.set(name, filter[name])
  return query.toString()
}

/** The cases that are looked at: a list that goes on, and what the map shows in its own box. */
export function usePublic() {
  const filter = reactive(readFilter(location.hash, location.search))
  const view = ref('')
  const rows = shallowRef<PublicRow[]>([])
  const map = shallowRef<PublicMap | null>(null)
  const next = ref<string | null>(null)
  const failure = shallowRef<unknown>(null)
  const busy = ref(true)
  let listing = new AbortController()
  let mapping = new AbortController()

  async function list(after: string): Promise<void> {
    listing.abort()
    const mine = (listing = new AbortController())
    busy.value = true
    try {
      const page = await listPublicCases(filter, after, mine.signal)
      rows.value = after ? [...rows.value, ...page.items] : page.items
      next.value = page.next
      failure.value = null
    } catch (error) {
      if (!mine.signal.aborted) failure.value = error
    } finally {
      if (!mine.signal.aborted) busy.value = false
    }
  }
  async function draw(): Promise<void> {
    if (!view.value) return
    mapping.abort()
    const mine = (mapping = new AbortController())
    // What the map shows is told by the list too: when it cannot be had, the old marks stay.
    const found = await getPublicMap({ ...filter, bbox: view.value }, mine.signal).catch(() => null)
    if (found && !mine.signal.aborted) map.value = found
  }
  function keep(): void {
    const query = writeQuery(filter)
    const address = isEmbedded() ? `${location.pathname}?${query}` : `#/map${query && `?${query}`}`
    history.replaceState(history.state, '', address)
  }
  watch(filter, () => {
    keep()
    void list('')
  })
  watch([() => filter.state, () => filter.category, () => filter.area, view], () => void draw())
  void list('')
  onScopeDispose(() => {
    listing.abort()
    mapping.abort()
  })
  return { filter, view, rows, map, next, failure, busy, again: () => list(''), more: () => list(next.value ?? '') }
}
