/** The report that is being taken down: kept by the server while it is typed, parked, filed once under its key. */
import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue'
import { newKey } from '@/api/client'
import { dropDraft, fileReport, type HotlineReport, keepDraft } from '@/api/hotline'
import type { CallView, PlaceHit, Point, Taken } from '@/api/types'

export type Fields = Omit<HotlineReport, 'key' | 'call_id'> & { placeName: string }

/** Typing pauses this long before it is kept. */
const KEEP_MS = 700

export const blank = (): Fields => ({
  number: '',
  name: '',
  text: '',
  category: '',
  address: '',
  component: '',
  placeName: '',
  same_as: '',
  urgent: false,
  callback: false,
  file: true,
})

function unplace(fields: Fields): void {
  delete fields.lon
  delete fields.lat
  delete fields.accuracy_m
}

/** What was kept, as far as it is what we keep. */
export function readFields(kept: Record<string, unknown>): Fields {
  const fields = blank()
  const into = fields as unknown as Record<string, unknown>
  for (const [name, value] of Object.entries(fields)) if (typeof kept[name] === typeof value) into[name] = kept[name]
  for (const name of ['lon', 'lat', 'accuracy_m'] as const) if (typeof kept[name] === 'number') into[name] = kept[name]
  return fields
}

/** Nothing has been said yet: a number alone is no report. */
export const isBlank = (fields: Fields): boolean =>
  !fields.text.trim() && !fields.category && !fields.name.trim() && fields.lon === undefined && !fields.address.trim()

/** Word key of what is still needed before it can be filed; '' where nothing is. */
export function findMissing(fields: Fields): '' | 'needWords' | 'needNumber' {
  if (!fields.text.trim() && !fields.category) return 'needWords'
  if (fields.callback && !fields.number.trim()) return 'needNumber'
  return ''
}

export function toReport(fields: Fields, key: string, callId: string): HotlineReport {
  const { placeName, ...said } = fields
  return { ...said, address: said.address.trim() || placeName, key, call_id: callId }
}

export function useTaking(fileAtOnce: () => boolean) {
  const fields = reactive<Fields>(blank())
  const key = ref(newKey())
  const callId = ref('')
  const taken = shallowRef<Taken | null>(null)
  const filing = ref(false)
  const kept = ref(true)
  let timer = 0

  const point = computed<Point | null>(() =>
    fields.lon === undefined || fields.lat === undefined ? null : [fields.lon, fields.lat],
  )
  function put(at: Point | null, accuracyM?: number): void {
    unplace(fields)
    if (at) Object.assign(fields, { lon: at[0], lat: at[1], ...(accuracyM !== undefined && { accuracy_m: accuracyM }) })
  }
  function choosePlace(hit: PlaceHit, name: string): void {
    put(hit.point, hit.accuracy_m)
    Object.assign(fields, { component: hit.component, placeName: name })
  }

  async function keep(): Promise<void> {
    clearTimeout(timer)
    if (taken.value || isBlank(fields)) return
    try {
      await keepDraft(key.value, callId.value, { ...fields })
      kept.value = true
    } catch {
      kept.value = false // it is on the screen still, and kept with the next stroke
    }
  }
  watch(fields, () => {
    clearTimeout(timer)
    if (taken.value || isBlank(fields)) return
    timer = window.setTimeout(() => void keep(), KEEP_MS)
  })
  onScopeDispose(() => clearTimeout(timer))

  function show(next: Fields, nextKey: string, nextCall: string): void {
    clearTimeout(timer)
    unplace(fields)
    Object.assign(fields, next)
    key.value = nextKey
    callId.value = nextCall
    taken.value = null
    kept.value = true
  }
  /** Begin anew, for a call or for none. */
  const begin = (call: CallView | null = null): void =>
    show({ ...blank(), file: fileAtOnce(), number: call && !call.masked ? call.number : '' }, newKey(), call?.id ?? '')

  async function drop(): Promise<void> {
    const dropped = key.value
    begin()
    await dropDraft(dropped)
  }

  /** File it. It may be sent again as it is until it is answered. */
  async function file(): Promise<void> {
    filing.value = true
    clearTimeout(timer)
    try {
      taken.value = await fileReport(toReport(fields, key.value, callId.value))
    } finally {
      filing.value = false
    }
  }
  return { fields, key, callId, taken, filing, kept, point, put, choosePlace, keep, show, begin, drop, file }
}
export type Taking = ReturnType<typeof useTaking>
