/** Registered parts of the category near the pin. Only parts (a lamp, a cover) have any. */
import { onScopeDispose, shallowRef, watch } from 'vue'
import { findPartsNear } from '@/api/reports'
import type { Part, Point } from '@/api/types'

const WAIT_MS = 300

export function usePartsNear(category: () => string, point: () => Point | null, onFound: (parts: Part[]) => void) {
  const parts = shallowRef<Part[]>([])
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking: AbortController | undefined
  function stop(): void {
    clearTimeout(timer)
    asking?.abort()
  }
  watch(
    () => [category(), point()?.[0], point()?.[1]] as const,
    ([code, lon, lat]) => {
      stop()
      if (!code || lon === undefined || lat === undefined) {
        parts.value = []
        return
      }
      timer = setTimeout(async () => {
        const mine = (asking = new AbortController())
        // A help only: without a signal the pin alone says where.
        const page = await findPartsNear([lon, lat], code, mine.signal).catch(() => null)
        if (mine.signal.aborted || !page) return
        parts.value = page.items
        onFound(page.items)
      }, WAIT_MS)
    },
    { immediate: true },
  )
  onScopeDispose(stop)
  return parts
}
