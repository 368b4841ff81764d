import type { Like } from '@/i18n'
import type zh from './zh'

const en: Like<typeof zh> = {
  login: {
    title: 'Log in',
    username: 'Username',
    password: 'Password',
    show: 'Show password',
    hide: 'Hide password',
    submit: 'Log in',
    busy: 'Logging in…',
    wrong: 'Username or password is not right.',
    missing: 'Enter username and password.',
    demo: 'Demo city: choose who you are',
    demoPassword: 'Demo password',
    report: 'Report a problem (no login)',
    lead: 'The whole city in view, every case to its end.',
  },
}
export default en
