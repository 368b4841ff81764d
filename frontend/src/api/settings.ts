/** The city's settings: sections, one's own draft, versions, files, keys. */
import { request } from './client'
import type { components } from './schema'
import type { Page } from './types'
import { upload } from './upload'

type Made = components['schemas']
export type SettingsView = Made['SettingsView']
export type Section = Made['SectionView']
export type Column = Made['Column']
export type DraftSummary = Made['DraftSummary']
export type PlacedFault = Made['PlacedFault']
export type RowView = Made['RowView']
export type RowPage = Made['RowPage']
export type Edited = Made['Edited']
export type DraftView = Made['DraftView']
export type DiffView = Made['DiffView']
export type ChangeView = Made['ChangeView']
export type EffectView = Made['EffectView']
export type VersionView = Made['VersionView']
export type VersionDetail = Made['VersionDetail']
export type Choices = Made['Choices']
export type Choice = Made['Choice']
export type KeyView = Made['KeyView']
export type Rebased = Made['Rebased']
export type Trial = Made['TrialView']
export type WebhookTrial = Made['WebhookTrial']
export type Said = Made['SaidView']

export type Cells = Record<string, string>
export interface Edit {
  op: 'put' | 'remove'
  key?: string
  cells?: Cells
}

const at = (section: string, rest: string): string => `/settings/sections/${section}/${rest}`

export const getSettings = (): Promise<SettingsView> => request('/settings')
export const getChoices = (): Promise<Choices> => request('/settings/choices')
export const listRows = (section: string, after: number): Promise<RowPage> =>
  request(at(section, 'rows'), { query: { after } })
export const edit = (section: string, edits: Edit[], version: number): Promise<Edited> =>
  request(at(section, 'edits'), { method: 'POST', body: { edits }, version })

export const getDraft = (): Promise<DraftView> => request('/settings/draft')
export const discardDraft = (section = ''): Promise<void> =>
  request('/settings/draft', { method: 'DELETE', query: { section } })
export const preview = (): Promise<EffectView> => request('/settings/draft/effect')
export const rebase = (prefer: 'mine' | 'theirs'): Promise<Rebased> =>
  request('/settings/draft/rebase', { method: 'POST', body: { prefer } })
export const publish = (comment: string, version: number): Promise<Made['Published']> =>
  request('/settings/draft/publish', { method: 'POST', body: { comment }, version })

export const trySensingRule = (rule: string, days: number, source: string): Promise<Trial> =>
  request('/settings/sensing/try', { method: 'POST', body: { rule, days, source } })

export const tryWebhook = (mapping: string, sample: string): Promise<WebhookTrial> =>
  request('/settings/webhooks/try', { method: 'POST', body: { mapping, sample } })

export const listVersions = (after?: string): Promise<Page<VersionView>> =>
  request('/settings/versions', { query: { after } })
export const getVersion = (version: number): Promise<VersionDetail> => request(`/settings/versions/${version}`)
export const restore = (version: number, seen: number): Promise<Edited> =>
  request(`/settings/versions/${version}/restore`, { method: 'POST', body: {}, version: seen })

export const fileUrl = (section: string): string => `/api/v1${at(section, 'file')}`
export const archiveUrl = (version?: number): string =>
  `/api/v1/settings/archive${version === undefined ? '' : `?version=${version}`}`
function formOf(file: File, mode?: string): FormData {
  const form = new FormData()
  form.set('file', file)
  if (mode) form.set('mode', mode)
  return form
}
export const importFile = (section: string, file: File, mode: 'replace' | 'merge'): Promise<Edited> =>
  upload(at(section, 'file'), formOf(file, mode))
export const importArchive = (file: File): Promise<Edited> => upload('/settings/archive', formOf(file))
export const getShapes = (section: string): Promise<GeoJSON.FeatureCollection> => request(at(section, 'file'))

const keysOf = (source: string): string => `/sources/${encodeURIComponent(source)}/keys`
export const listKeys = (source: string): Promise<Page<KeyView>> => request(keysOf(source))
export const makeKey = (source: string): Promise<Made['NewKey']> =>
  request(`/sources/${encodeURIComponent(source)}/key`, { method: 'POST', body: {} })
export const withdrawKey = (source: string, id: string): Promise<void> =>
  request(`${keysOf(source)}/${id}`, { method: 'DELETE' })
