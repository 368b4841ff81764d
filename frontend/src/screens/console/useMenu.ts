/** A menu beneath its button, both in what the template calls `box`: it goes with a press beside them too. */
import { onBeforeUnmount, onMounted, ref, useTemplateRef } from 'vue'

export function useMenu(acts: { opened?: () => void; closed?: () => void }) {
  const open = ref(false)
  const box = useTemplateRef<HTMLElement>('box')

  function toggle(): void {
    open.value = !open.value
    ;(open.value ? acts.opened : acts.closed)?.()
  }
  const close = (): void => void (open.value && toggle())
  const onPress = (event: Event): void => {
    if (!box.value?.contains(event.target as Node)) close()
  }
  onMounted(() => document.addEventListener('pointerdown', onPress))
  onBeforeUnmount(() => document.removeEventListener('pointerdown', onPress))
  return { open, toggle, close }
}
