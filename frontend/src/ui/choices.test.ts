import { describe, expect, it } from 'vitest'
import { type Choice, findChoices } from './choices'

const CHOICES: Choice[] = [
  { value: '500103001', label: '七星岗街道', words: 'Qixinggang Street' },
  { value: '500103001001', label: '安乐洞社区', group: '七星岗街道', words: 'Anledong' },
  { value: '500103002', label: '解放碑街道', words: 'Jiefangbei Street' },
  { value: '500103002001', label: '小七社区', group: '解放碑街道', words: 'Xiaoqi' },
  { value: '900', label: '社区服务站' },
]
const names = (typed: string): string[] => findChoices(CHOICES, typed).map(({ label }) => label)

describe('what is found by the words typed', () => {
  it('is everything, in its order, while nothing is typed', () => {
    expect(names('  ')).toEqual(CHOICES.map(({ label }) => label))
  })
  it('is found by a name in either language, by what it belongs to and by its code', () => {
    expect(names('jiefang')).toEqual(['解放碑街道'])
    expect(names('解放碑')).toEqual(['解放碑街道', '小七社区'])
    expect(names('500103002001')).toEqual(['小七社区'])
  })
  it('has every word that was typed', () => {
    expect(names('解放碑 小七')).toEqual(['小七社区'])
    expect(names('解放碑 安乐')).toEqual([])
  })
  it('begins with those whose name begins so, and ends with those that only belong to such a one', () => {
    expect(names('小七')).toEqual(['小七社区'])
    expect(names('七')).toEqual(['七星岗街道', '小七社区', '安乐洞社区'])
    expect(names('社区')).toEqual(['社区服务站', '安乐洞社区', '小七社区'])
  })
})
