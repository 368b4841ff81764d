/** The report being written: it survives a reload, a dead battery, and a page closed by mistake. */
import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue'
import { newKey } from '@/api/client'
import type { ReportFields } from '@/api/reports'
import { openKeep } from '@/device/keep'

const STORED = 'wardline.report'
/** Typing pauses this long before it is kept. */
const KEEP_MS = 300

export const blank = (): ReportFields => ({
  text: '',
  category: '',
  lon: null,
  lat: null,
  accuracy_m: null,
  address: '',
  component: '',
  same_as: '',
  answers: {},
  name: '',
  phone: '',
})

/** What was kept, as far as it is what we keep. */
export function readDraft(stored: string | null): ReportFields {
  const fields = blank()
  if (!stored) return fields
  try {
    const found = JSON.parse(stored) as Record<string, unknown>
    for (const name of ['text', 'category', 'address', 'component', 'same_as', 'name', 'phone'] as const)
      if (typeof found[name] === 'string') fields[name] = found[name]
    for (const name of ['lon', 'lat', 'accuracy_m'] as const)
      if (typeof found[name] === 'number') fields[name] = found[name]
    for (const [code, said] of Object.entries((found['answers'] ?? {}) as Record<string, unknown>))
      if (Array.isArray(said) && said.every((each) => typeof each === 'string')) fields.answers[code] = said
  } catch {
    return blank() // not ours
  }
  return fields
}

export const isBlank = (fields: ReportFields): boolean =>
  Object.values(fields).every((value) =>
    typeof value === 'object' && value !== null ? !Object.keys(value).length : value === null || value === '',
  )

interface Kept {
  id: 'photos'
  photos: Blob[]
}
const PHOTOS = 'photos'

export function useDraft() {
  const fields = reactive(readDraft(localStorage.getItem(STORED)))
  const photos = shallowRef<Blob[]>([])
  const restored = ref(!isBlank(fields))
  const keep = openKeep<Kept>('wardline.report', ({ id }) => id)
  let key = newKey()
  let timer: ReturnType<typeof setTimeout> | undefined
  void keep
    .then((kept) => kept.list())
    .then(([found]) => {
      if (!found?.photos.length || photos.value.length) return
      photos.value = found.photos
      restored.value = true
    })

  function save(): void {
    if (isBlank(fields)) localStorage.removeItem(STORED)
    else localStorage.setItem(STORED, JSON.stringify(fields))
  }
  watch(fields, () => {
    key = newKey() // another content is another report
    clearTimeout(timer)
    timer = setTimeout(save, KEEP_MS)
  })
  watch(photos, async (now) => {
    key = newKey()
    const kept = await keep
    if (now.length) await kept.put({ id: PHOTOS, photos: now })
    else await kept.remove(PHOTOS)
  })
  window.addEventListener('pagehide', save)
  onScopeDispose(() => {
    clearTimeout(timer)
    window.removeEventListener('pagehide', save)
    save()
  })

  function clear(): void {
    Object.assign(fields, blank())
    photos.value = []
    restored.value = false
    clearTimeout(timer)
    localStorage.removeItem(STORED)
  }
  /** The same for the same content: sent twice, taken once. */
  const keyNow = (): string => key
  const empty = computed(() => isBlank(fields) && !photos.value.length)
  /** Put back what was taken out of here: a report that was refused, or that its writer wants to change. */
  function restore(before: ReportFields, pictures: Blob[]): void {
    Object.assign(fields, blank(), readDraft(JSON.stringify(before)))
    photos.value = pictures
    restored.value = true
  }
  return { fields, photos, restored, empty, keyNow, clear, restore }
}
