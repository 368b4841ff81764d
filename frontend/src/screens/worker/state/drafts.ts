/** What is being written: reports, requests, findings. It outlives the page: a phone's camera may well push the browser out of memory. */
import { onBeforeUnmount, onMounted, ref, shallowRef, watch } from 'vue'
import { type Keep, openKeep } from '@/device/keep'

export interface Draft {
  /** What it is for: a case's id, or one with what is asked for it. */
  caseId: string
  note: string
  photos: Blob[]
  before?: Blob[]
  voice?: Blob | null
  more?: Record<string, unknown>
}
/** Typing pauses this long before it is kept. */
const KEEP_MS = 400

let keep: Promise<Keep<Draft>> | undefined
const opened = (): Promise<Keep<Draft>> => (keep ??= openKeep<Draft>('wardline.drafts', ({ caseId }) => caseId))

/** Those that are open now; `flushDrafts` writes them down at once (before the page is renewed). */
const unwritten = new Set<() => Promise<void>>()
export const flushDrafts = async (): Promise<void> => void (await Promise.all([...unwritten].map((write) => write())))
window.addEventListener('pagehide', () => void flushDrafts())

const isEmpty = (draft: Draft): boolean =>
  !draft.note &&
  !draft.photos.length &&
  !draft.before?.length &&
  !draft.voice &&
  !Object.values(draft.more ?? {}).some(Boolean)

/** The draft of one sheet: as it was left, kept while it is written, gone when it is sent. */
export function useDraft(key: string) {
  const note = ref('')
  const photos = shallowRef<Blob[]>([])
  const before = shallowRef<Blob[]>([])
  const voice = shallowRef<Blob | null>(null)
  const more = ref<Record<string, unknown>>({})
  const ready = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let ended = false

  async function write(): Promise<void> {
    clearTimeout(timer)
    if (ended || !ready.value) return
    const draft = {
      caseId: key,
      note: note.value,
      photos: photos.value,
      before: before.value,
      voice: voice.value,
      more: JSON.parse(JSON.stringify(more.value)) as Record<string, unknown>, // a database takes no proxies
    }
    if (isEmpty(draft)) await (await opened()).remove(key)
    else await (await opened()).put(draft)
  }
  onMounted(async () => {
    unwritten.add(write)
    const found = await (await opened()).find(key)
    note.value = found?.note ?? ''
    photos.value = found?.photos ?? []
    before.value = found?.before ?? []
    voice.value = found?.voice ?? null
    more.value = { ...more.value, ...found?.more }
    ready.value = true
    watch(
      [note, photos, before, voice, more],
      () => {
        clearTimeout(timer)
        timer = setTimeout(() => void write(), KEEP_MS)
      },
      { deep: true },
    )
  })
  onBeforeUnmount(() => {
    unwritten.delete(write)
    void write()
  })
  /** It has been sent: nothing is kept of it. */
  async function drop(): Promise<void> {
    ended = true
    clearTimeout(timer)
    await (await opened()).remove(key)
  }
  /** The sheet stays open, empty, for the next. */
  function renew(): void {
    note.value = ''
    photos.value = []
    before.value = []
    voice.value = null
    more.value = {}
    ended = false
  }
  return { note, photos, before, voice, more, ready, drop, renew }
}
