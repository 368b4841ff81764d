/** On a narrow screen one of the desk's panes stands before the others: the case once there is one, else the list. */
import { type Ref, ref, watch } from 'vue'
import { useSelection } from '@/state/selection'
import type { PaneName } from './PaneTabs.vue'

export function useFront(): Ref<PaneName> {
  const selection = useSelection()
  const front = ref<PaneName>(selection.id ? 'case' : 'list')
  watch(
    () => selection.id,
    (id) => (front.value = id ? 'case' : 'list'),
  )
  return front
}
