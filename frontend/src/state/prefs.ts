/** What one person sets for this browser: theme, sound, all queues or a line of them. Language is kept by i18n. */
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

export type ThemeChoice = 'auto' | 'light' | 'dark'

const read = (key: string): string | null => localStorage.getItem(`wardline.${key}`)

export const usePrefs = defineStore('prefs', () => {
  const stored = read('theme')
  const theme = ref<ThemeChoice>(stored === 'dark' || stored === 'light' ? stored : 'auto')
  const sound = ref(read('sound') === 'on')
  const allQueues = ref(read('queues') === 'all')
  const system = window.matchMedia('(prefers-color-scheme: dark)')
  const systemDark = ref(system.matches)
  system.addEventListener('change', (event) => {
    systemDark.value = event.matches
  })
  const dark = computed(() => theme.value === 'dark' || (theme.value === 'auto' && systemDark.value))

  watch(
    dark,
    (isDark) => {
      document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
      document.documentElement.classList.toggle('dark', isDark) // Element Plus goes by the class
    },
    { immediate: true },
  )
  watch(theme, (choice) => localStorage.setItem('wardline.theme', choice))
  watch(sound, (on) => localStorage.setItem('wardline.sound', on ? 'on' : 'off'))
  watch(allQueues, (all) => localStorage.setItem('wardline.queues', all ? 'all' : 'line'))
  return { theme, dark, sound, allQueues }
})
