/**
 * An OpenID Connect provider for tests: the certified npm package `oidc-provider`, with people from PEOPLE (JSON:
 * login -> claims) and one confidential client. Prints "ready" once it listens.
 */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const { PORT, BACK, CLIENT_ID, CLIENT_SECRET, PEOPLE, FRONT } = process.env
const main = createRequire(`${FRONT}/package.json`).resolve('oidc-provider')
const { Provider } = await import(pathToFileURL(main).href)
const people = JSON.parse(PEOPLE)

const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uris: [BACK],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
  ],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'groups', 'department', 'area'], email: ['email'] },
  conformIdTokenClaims: false,
  cookies: { keys: ['a key for tests'] },
  features: { devInteractions: { enabled: true } },
  findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub, ...people[sub] }) }),
  pkce: { required: () => true },
})
provider.listen(Number(PORT), '127.0.0.1', () => console.log('ready'))
