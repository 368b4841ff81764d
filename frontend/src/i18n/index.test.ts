import { expect, test } from 'vitest'
import { createApp, h } from 'vue'
import { makeI18n, useWords, type Locale } from '.'

/** What a component reads for `cases` with these values. */
function read(language: Locale, values: Record<string, unknown>): string {
  localStorage.setItem('wardline.locale', language)
  let said = ''
  const app = createApp({
    setup: () => {
      said = useWords().t('cases', values)
      return () => h('p')
    },
  })
  app.use(makeI18n({ zh: { cases: '{n} 件' }, en: { cases: '{n} case | {n} cases' } }))
  app.mount(document.createElement('div'))
  app.unmount()
  return said
}

test('one is told in the singular, and none and many in the plural, written out or not', () => {
  expect(read('en', { n: 1 })).toBe('1 case')
  expect(read('en', { n: 0 })).toBe('0 cases')
  expect(read('en', { n: 5 })).toBe('5 cases')
  expect(read('en', { n: '1' })).toBe('1 case')
  expect(read('en', { n: '5,000' })).toBe('5,000 cases')
})

test('a message without a singular is one message for any number', () => {
  expect(read('zh', { n: 1 })).toBe('1 件')
  expect(read('zh', { n: 5 })).toBe('5 件')
})
