/** The reports that this device has sent: their links would otherwise be lost with the tab. */
import { ref } from 'vue'

export interface Sent {
  number: string
  token: string
  text: string
  at: string
}
const STORED = 'wardline.reports'
const KEPT = 20
const TEXT = 60

function read(): Sent[] {
  try {
    return JSON.parse(localStorage.getItem(STORED) ?? '[]') as Sent[]
  } catch {
    return []
  }
}
const sent = ref<Sent[]>(read())
const save = (next: Sent[]): void => {
  sent.value = next
  localStorage.setItem(STORED, JSON.stringify(next))
}

export const useMine = () => ({
  sent,
  add: (one: Sent): void => save([{ ...one, text: one.text.slice(0, TEXT) }, ...sent.value].slice(0, KEPT)),
  forget: (token: string): void => save(sent.value.filter((one) => one.token !== token)),
})
