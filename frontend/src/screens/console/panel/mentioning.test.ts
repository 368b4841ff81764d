import { expect, it } from 'vitest'
import type { Colleague } from '@/api/types'
import { matchPeople, mentionsIn, typingAt } from './mentioning'

const person = (username: string, zh: string, en: string): Colleague => ({
  username,
  name: { zh, en },
  role: 'dispatcher',
  department: '',
})
const people = [person('ann', '安娜', 'Ann Lee'), person('leader', '李值班', 'Lee Duty'), person('bob', '鲍勃', 'Bob')]

it('sees a name that is being typed, and nothing in an address', () => {
  expect(typingAt('看看 @an', 6)).toEqual({ from: 3, word: 'an' })
  expect(typingAt('@', 1)).toEqual({ from: 0, word: '' })
  expect(typingAt('请，@李', 4)).toEqual({ from: 2, word: '李' })
  expect(typingAt('mail a@b', 8)).toBeNull()
  expect(typingAt('@ann ', 5)).toBeNull()
})
it('offers those that begin so before those that have it', () => {
  expect(matchPeople(people, 'lee').map(({ username }) => username)).toEqual(['leader', 'ann'])
  expect(matchPeople(people, '李').map(({ username }) => username)).toEqual(['leader'])
})
it('names each once, and only who there is', () => {
  expect(mentionsIn('@ann @nobody 请 @ANN 看 @leader。', people)).toEqual(['ann', 'leader'])
})
