/** The views of the console that are kept on the server: a name for what the address says. */
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { explain } from '@/actions/explain'
import { addView, changeView, deleteView, listViews, setDefaultView } from '@/api/people'
import type { SavedView } from '@/api/types'
import { useWords } from '@/i18n'
import { writeFilters } from './filters'
import { useQueue } from './queue'
import { useSession } from './session'

export const useViews = defineStore('views', () => {
  const queue = useQueue()
  const session = useSession()
  const { t } = useWords()
  const items = shallowRef<SavedView[]>([])
  /** The id of the view that the console begins with, "" for none. */
  const standard = ref('')
  const current = ref(new URLSearchParams(location.search).get('view') ?? '')
  const problem = ref('')

  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    problem.value = ''
    try {
      await work()
      await load()
      return true
    } catch (error) {
      problem.value = explain(error, t)
      return false
    }
  }
  async function load(): Promise<void> {
    const found = await listViews()
    items.value = found.items
    standard.value = found.default
  }
  const query = (): string => writeFilters(queue.filters).toString()
  const save = (name: string, shared: boolean): Promise<boolean> =>
    attempt(async () => mark((await addView({ name, query: query(), shared })).id))
  const change = (id: string, body: { name?: string; shared?: boolean }): Promise<boolean> =>
    attempt(() => changeView(id, body))
  const update = (view: SavedView): Promise<boolean> => attempt(() => changeView(view.id, { query: query() }))
  const remove = (id: string): Promise<boolean> => attempt(() => deleteView(id))
  const begin = (id: string): Promise<boolean> => attempt(() => setDefaultView(id))
  const isOwn = (view: SavedView): boolean => view.owner === session.me?.username

  function mark(id: string): void {
    current.value = id
    const params = new URLSearchParams(location.search)
    if (id) params.set('view', id)
    else params.delete('view')
    history.replaceState(null, '', `?${params.toString()}`)
  }
  function show(view: SavedView): void {
    mark(view.id)
    queue.follow(view.query)
  }
  /** Begin with the default view, where the address asks for nothing of its own. */
  async function open(): Promise<void> {
    await load().catch(() => undefined) // the console works without its views
    const params = new URLSearchParams(location.search)
    params.delete('case')
    const view = items.value.find((each) => each.id === (params.get('view') ?? standard.value))
    const asks = [...params.keys()].some((key) => key !== 'view')
    if (view && !asks) show(view)
  }
  return { items, standard, current, problem, load, save, change, update, remove, begin, isOwn, show, open }
})
