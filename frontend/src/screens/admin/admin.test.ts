import { expect, test } from 'vitest'
import en from './en'
import { detailsOf, familiesOf, wordOf } from './state/deeds'
import zh from './zh'

test('what was changed is read as pairs', () => {
  expect(detailsOf('{"role":"admin","granted":["a","b"]}')).toEqual([
    ['role', ['admin']],
    ['granted', ['a', 'b']],
  ])
  expect(detailsOf('')).toEqual([])
  expect(detailsOf('{"cut of')).toEqual([['', ['{"cut of']]])
  expect(detailsOf('7')).toEqual([['', ['7']]])
})

test('families are told once each', () => {
  expect(familiesOf(['session.opened', 'session.ended', 'role.added'])).toEqual(['session', 'role'])
})

test('every act that has words in one language has them in the other, and is of a family that has', () => {
  const acts = Object.keys(zh.admin.audit.action)
  expect(Object.keys(en.admin.audit.action)).toEqual(acts)
  for (const act of acts) expect(Object.keys(zh.admin.audit.family)).toContain(act.split('-')[0])
  expect(acts).toContain(wordOf('account.password-reset'))
})
