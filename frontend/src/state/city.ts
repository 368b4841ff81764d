/** The city: names behind codes. Loaded once per page. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { getCity } from '@/api/city'
import type { AreaView, CategoryView, CityView, DepartmentView, Place, Words } from '@/api/types'

function byCode<T extends { code: string }>(items: T[] | undefined): Map<string, T> {
  return new Map(items?.map((item) => [item.code, item]))
}
const UNSORTED: Words = { zh: '类别待定', en: 'Category not known yet' }
const asItself = (code: string): Words => ({ zh: code, en: code })

export const useCity = defineStore('city', () => {
  const city = shallowRef<CityView | null>(null)
  const areas = computed(() => {
    const all: AreaView[] = Object.values(city.value?.areas ?? {}).flat()
    return byCode(all)
  })
  const categories = computed(() => byCode<CategoryView>(city.value?.categories))
  const departments = computed(
    () => new Map<string, DepartmentView>(city.value?.departments.map((item) => [item.id, item])),
  )
  const timezone = computed(() => city.value?.timezone ?? 'Asia/Shanghai')

  const load = async (): Promise<void> => {
    city.value = await getCity()
  }
  const areaName = (code: string): Words => areas.value.get(code)?.name ?? asItself(code)
  const categoryName = (code: string): Words => categories.value.get(code)?.name ?? (code ? asItself(code) : UNSORTED)
  const departmentName = (id: string): Words => departments.value.get(id)?.name ?? asItself(id)
  /** District, street, community, unit grid: the names of those that are known, the largest first. */
  const pathOf = (place: Place): Words[] => [
    ...[place.district, place.street, place.community].filter(Boolean).map(areaName),
    ...(place.grid ? [asItself(place.grid)] : []),
  ]
  return { city, timezone, categories, departments, areas, load, areaName, categoryName, departmentName, pathOf }
})
