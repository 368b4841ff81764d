import type { Like } from '@/i18n'
import type zh from './zh'

const en: Like<typeof zh> = {}
export default en
