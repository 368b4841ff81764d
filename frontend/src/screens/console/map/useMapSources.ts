/** The sources on the map, asked for again while they are shown. */
import { onBeforeUnmount, shallowRef } from 'vue'
import { listAllSources } from '@/api/sources'
import type { SourceView } from '@/api/types'

const EVERY_MS = 10_000

export function useMapSources(draw: (all: SourceView[]) => void) {
  const all = shallowRef<SourceView[]>([])
  let timer = 0

  async function load(): Promise<void> {
    // A refusal leaves what was there; the next time is another try.
    all.value = document.hidden ? all.value : await listAllSources(null).catch(() => all.value)
    draw(all.value)
  }
  function watch(on: boolean): void {
    clearInterval(timer)
    if (!on) return
    void load()
    timer = window.setInterval(() => void load(), EVERY_MS)
  }
  onBeforeUnmount(() => watch(false))
  return { all, watch }
}
