/** Words in both languages: common ones here, each screen's beside the screen. */
import { computed, type ComputedRef } from 'vue'
import { createI18n, useI18n } from 'vue-i18n'
import type { Words } from '@/api/types'
import en from './en'
import zh from './zh'

export type Locale = 'zh' | 'en'
export type Messages = { [key: string]: string | Messages }
/** The shape of a messages object, any text: English must have the keys that Chinese has. */
export type Like<T> = { [K in keyof T]: T[K] extends string ? string : Like<T[K]> }

const STORED = 'wardline.locale'

export function preferredLocale(): Locale {
  const stored = localStorage.getItem(STORED)
  if (stored === 'zh' || stored === 'en') return stored
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

export function makeI18n<T extends Messages>(screen: { zh: T; en: Like<T> }) {
  return createI18n({
    legacy: false,
    locale: preferredLocale(),
    fallbackLocale: 'en',
    messages: { zh: { ...zh, ...screen.zh }, en: { ...en, ...screen.en } } as Record<Locale, Messages>,
  })
}

/** What a message with a singular goes by ("{n} task | {n} tasks"): its `n`, which may have been written out already. */
const countOf = (values: Record<string, unknown>): number =>
  typeof values['n'] === 'string' ? Number(values['n'].replaceAll(',', '')) : Number(values['n'])

/** `t` for our words, `code` for a code that may have words (else it is said as it is), `say` for names that come as data in both languages, `locale` and its switch. */
export function useWords(): {
  t: (key: string, values?: Record<string, unknown>) => string
  code: (family: string, code: string) => string
  say: (words: Words | null | undefined) => string
  locale: ComputedRef<Locale>
  setLocale: (next: Locale) => void
} {
  const { t, te, locale } = useI18n({ useScope: 'global' })
  const current = computed<Locale>(() => (locale.value === 'zh' ? 'zh' : 'en'))
  return {
    t: (key, values) => {
      if (!values) return t(key)
      const count = countOf(values)
      return Number.isNaN(count) ? t(key, values) : t(key, values, count)
    },
    code: (family, code) => (te(`${family}.${code}`) ? t(`${family}.${code}`) : code),
    say: (words) => (words ? words[current.value] || words.zh || words.en : ''),
    locale: current,
    setLocale: (next) => {
      locale.value = next
      localStorage.setItem(STORED, next)
      document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en'
    },
  }
}
