/** The keys of the desk: what each does, and the two that need Ctrl. */
import { onBeforeUnmount, onMounted } from 'vue'
import { isTyping, hasDialog, useKeys } from '@/actions/keys'
import type { Command } from '@/api/types'

export interface DeskActs {
  step: (by: number) => void
  enter: () => void
  escape: () => void
  search: () => void
  update: () => void
  help: () => void
  create: () => void
  map: () => void
  filters: () => void
  looks: () => void
  views: () => void
  choose: (range: boolean) => void
  chooseAll: () => void
  bulk: () => void
  bar: () => void
  claim: () => void
  undo: () => void
  print: () => void
  queue: (index: number) => void
  /** Of a machine's case that waits for a person: it is so, or it is not. Of any other: its category, a note. */
  confirm: () => void
  refuse: () => void
  /** The first of these commands that the case allows now. */
  command: (...names: Command[]) => void
}

export function useDeskKeys(acts: DeskActs): void {
  useKeys({
    j: () => acts.step(1),
    k: () => acts.step(-1),
    ArrowDown: () => acts.step(1),
    ArrowUp: () => acts.step(-1),
    Enter: acts.enter,
    Escape: acts.escape,
    '/': acts.search,
    '.': acts.update,
    '?': acts.help,
    ' ': () => acts.choose(false),
    'shift+ ': () => acts.choose(true),
    z: acts.bulk,
    l: acts.claim,
    u: acts.undo,
    q: acts.print,
    m: acts.map,
    i: acts.create,
    t: acts.filters,
    o: acts.looks,
    w: acts.views,
    e: () => acts.command('accept'),
    v: () => acts.command('report_verified', 'verify'),
    f: () => acts.command('file'),
    a: () => acts.command('dispatch', 'reassign'),
    s: () => acts.command('assist'),
    g: () => acts.command('grant'),
    h: () => acts.command('refuse'),
    c: () => acts.command('check', 'close'),
    d: () => acts.command('supervise', 'unsupervise'),
    p: () => acts.command('suspend', 'resume'),
    b: () => acts.command('merge'),
    x: () => acts.command('void'),
    y: acts.confirm,
    n: acts.refuse,
    r: () => acts.command('remind'),
    ...Object.fromEntries(Array.from({ length: 9 }, (_, index) => [String(index + 1), () => acts.queue(index)])),
  })
  const onCtrl = (event: KeyboardEvent): void => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.isComposing) return
    const key = event.key.toLowerCase()
    if (key === 'k') {
      event.preventDefault()
      acts.bar()
    } else if (key === 'a' && !isTyping(event.target) && !hasDialog()) {
      event.preventDefault()
      acts.chooseAll()
    }
  }
  onMounted(() => document.addEventListener('keydown', onCtrl))
  onBeforeUnmount(() => document.removeEventListener('keydown', onCtrl))
}
