/** The people of the house: names behind usernames, and who can be named in a note. Loaded when first asked for. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { listColleagues } from '@/api/people'
import type { Colleague, Words } from '@/api/types'

export const useColleagues = defineStore('colleagues', () => {
  const people = shallowRef<Colleague[]>([])
  const names = computed(() => new Map(people.value.map((row) => [row.username, row.name])))
  let asked: Promise<void> | undefined

  const load = (): Promise<void> =>
    (asked ??= listColleagues().then(
      (page) => {
        people.value = page.items
      },
      () => {
        asked = undefined // asked again by whoever needs them next
      },
    ))
  const nameOf = (username: string): Words | undefined => names.value.get(username)
  return { people, load, nameOf }
})
