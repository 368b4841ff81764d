/** The settings as this administrator has them: the version at work, his draft, the rows of each section. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { ApiProblem } from '@/api/client'
import * as api from '@/api/settings'
import type { Choices, DraftSummary, Edit, Edited, PlacedFault, RowView, Section, SettingsView } from '@/api/settings'

export interface Rows {
  rows: RowView[]
  removed: RowView[]
  more: string[]
  unreadable: PlacedFault | null
}

/** Sections whose rows other sections name: a change of them changes what may be named. */
const NAMED = /^(areas-|categories|departments|shifts|sources|video-types|sensor-types|workers)/

export const useSettings = defineStore('settings', () => {
  const view = shallowRef<SettingsView | null>(null)
  const choices = shallowRef<Choices | null>(null)
  const loaded = ref(new Map<string, Rows>())
  const busy = ref(0)
  /** Who has published what since this page was read; set by a refusal. */
  const overtaken = shallowRef<api.VersionView[] | null>(null)

  const draft = computed<DraftSummary | null>(() => view.value?.draft ?? null)
  const version = computed(() => view.value?.version ?? 0)
  const mayEdit = computed(() => view.value?.may_edit ?? false)
  const sections = computed<Section[]>(() => view.value?.sections ?? [])
  const changedCount = computed(() => Object.keys(draft.value?.changed ?? {}).length)
  const faultsBySection = computed(() => {
    const found = new Map<string, PlacedFault[]>()
    for (const fault of draft.value?.faults ?? []) {
      const list = found.get(fault.section ?? '') ?? []
      found.set(fault.section ?? '', [...list, fault])
    }
    return found
  })
  const section = (id: string): Section | undefined => sections.value.find((each) => each.id === id)
  const faultsOf = (id: string): PlacedFault[] => faultsBySection.value.get(id) ?? []

  async function load(): Promise<void> {
    const [next, named] = await Promise.all([api.getSettings(), api.getChoices()])
    view.value = next
    choices.value = named
    overtaken.value = null
    loaded.value = new Map()
  }

  /** Read all rows of a section, a page after the other. */
  async function loadRows(id: string): Promise<Rows> {
    const all: Rows = { rows: [], removed: [], more: [], unreadable: null }
    let after: number | null = 0
    while (after !== null) {
      const page: api.RowPage = await api.listRows(id, after)
      if (after === 0) Object.assign(all, { removed: page.removed, more: page.more, unreadable: page.unreadable })
      all.rows.push(...page.rows)
      after = page.next
    }
    loaded.value.set(id, all)
    return all
  }
  const rowsOf = (id: string): Rows | undefined => loaded.value.get(id)

  /** Let the server change something; a refusal because of another's publication is kept for the notice. */
  async function ask<T>(run: () => Promise<T>): Promise<T> {
    busy.value += 1
    try {
      return await run()
    } catch (error) {
      if (error instanceof ApiProblem && error.kind === 'settings-changed')
        overtaken.value = (error.problem as unknown as { changed: api.VersionView[] }).changed
      throw error
    } finally {
      busy.value -= 1
    }
  }
  function take(edited: Edited): void {
    if (view.value) view.value = { ...view.value, draft: edited.draft }
  }
  /** Sections that share the file of one: their rows may have changed with it. */
  const besides = (id: string): string[] => {
    const file = section(id)?.file
    return sections.value.filter((each) => each.file === file).map((each) => each.id)
  }
  async function reread(ids: Iterable<string>): Promise<void> {
    for (const id of ids) if (loaded.value.has(id)) await loadRows(id)
  }

  async function edit(id: string, edits: Edit[]): Promise<Edited> {
    const edited = await ask(() => api.edit(id, edits, version.value))
    take(edited)
    await reread(besides(id))
    if (NAMED.test(id)) choices.value = await api.getChoices()
    return edited
  }
  async function importFile(id: string, file: File, mode: 'replace' | 'merge'): Promise<void> {
    take(await ask(() => api.importFile(id, file, mode)))
    await reread(besides(id))
    choices.value = await api.getChoices()
  }
  async function importArchive(file: File): Promise<void> {
    take(await ask(() => api.importArchive(file)))
    await load()
  }
  async function discard(id = ''): Promise<void> {
    await ask(() => api.discardDraft(id))
    await load()
  }
  async function publish(comment: string): Promise<number> {
    const made = await ask(() => api.publish(comment, version.value))
    await load()
    return made.due_count
  }
  async function rebase(prefer: 'mine' | 'theirs'): Promise<api.Rebased> {
    const rebased = await ask(() => api.rebase(prefer))
    await load()
    return rebased
  }
  async function restore(number: number): Promise<void> {
    take(await ask(() => api.restore(number, version.value)))
    await load()
  }
  return {
    view,
    choices,
    busy,
    overtaken,
    draft,
    version,
    mayEdit,
    sections,
    changedCount,
    section,
    faultsOf,
    load,
    loadRows,
    rowsOf,
    edit,
    importFile,
    importArchive,
    discard,
    publish,
    rebase,
    restore,
  }
})
