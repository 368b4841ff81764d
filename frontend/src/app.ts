/** Starts one screen: Vue, its stores, its words. Every entry page's main.ts calls this and nothing else. */
import { createPinia } from 'pinia'
import { type Component, createApp } from 'vue'
import { type Like, makeI18n, type Messages } from './i18n'
import { usePrefs } from './state/prefs'
import './ui/tokens.css'
import './ui/base.css'

export function startApp<T extends Messages>(root: Component, messages: { zh: T; en: Like<T> }): void {
  const app = createApp(root)
  app.use(createPinia())
  app.use(makeI18n(messages))
  usePrefs() // applies the theme
  app.mount('#app')
}
