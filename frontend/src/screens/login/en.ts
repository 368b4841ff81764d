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
    codeTitle: 'Second step',
    code: 'Code for {name}',
    codeHint: 'The six digits that your authenticator shows; or a recovery code, if you do not have your phone.',
    codeMissing: 'Enter the code.',
    back: 'Use another account',
    or: 'or',
    sso: 'Log in with {label}',
    ssoOther: 'The single sign-on did not come to an end. Try again.',
    ssoFailed: {
      'provider-down': 'The sign-on service does not answer. Try again in a while, or use a password.',
      'not-proven': 'The answer of the sign-on service could not be verified. Log in again.',
      expired: 'That sign-on is over, or was begun in another browser. Log in again.',
      refused: 'The sign-on was cancelled, or refused.',
      'no-role': 'You have no role here yet. Ask an administrator.',
      'no-account': 'You have no account here yet. Ask an administrator.',
      'no-name': 'The sign-on service gave no username. Ask an administrator.',
      'name-taken': 'Somebody here has that username already. Ask an administrator.',
      'bad-claims':
        'The department or area that the sign-on service gave is not one of this city. Ask an administrator.',
      disabled: 'Your account is closed. Ask an administrator.',
    },
    demo: 'Demo city: choose who you are',
    demoPassword: 'Demo password',
    report: 'Report a problem (no login)',
    lead: 'The whole city in view, every case to its end.',
  },
}
export default en
