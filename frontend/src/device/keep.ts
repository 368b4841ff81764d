/**
 * Values that must outlive a reload, pictures too: one IndexedDB database per family, keyed by `key` of the value.
 *
 * Where the browser has no IndexedDB (some private windows) they live as long as the page, and `durable` says so.
 */
import { type IDBPDatabase, openDB } from 'idb'

export interface Keep<T> {
  durable: boolean
  list: () => Promise<T[]>
  find: (key: string) => Promise<T | undefined>
  put: (value: T) => Promise<void>
  remove: (key: string) => Promise<void>
}

const STORE = 'values'

function memory<T>(keyOf: (value: T) => string): Keep<T> {
  const held = new Map<string, T>()
  return {
    durable: false,
    list: async () => [...held.values()],
    find: async (key) => held.get(key),
    put: async (value) => void held.set(keyOf(value), value),
    remove: async (key) => void held.delete(key),
  }
}

const open = (name: string, onEnd: () => void): Promise<IDBPDatabase> =>
  openDB(name, 1, {
    upgrade: (database) => void database.createObjectStore(STORE),
    terminated: onEnd, // the browser took it away, as phones do with pages that sleep
  })

export async function openKeep<T>(name: string, keyOf: (value: T) => string): Promise<Keep<T>> {
  if (typeof indexedDB === 'undefined') return memory(keyOf)
  let held: Promise<IDBPDatabase> | undefined
  const database = (): Promise<IDBPDatabase> => (held ??= open(name, () => (held = undefined)))
  try {
    await database()
  } catch {
    return memory(keyOf) // refused by the browser's settings
  }
  /** On the disk when it resolves, not only on its way there: a phone's battery may be what ends the page. */
  const begin = async () => (await database()).transaction(STORE, 'readwrite', { durability: 'strict' })
  return {
    durable: true,
    list: async () => (await (await database()).getAll(STORE)) as T[],
    find: async (key) => (await (await database()).get(STORE, key)) as T | undefined,
    put: async (value) => {
      const { store, done } = await begin()
      await Promise.all([store.put(value, keyOf(value)), done])
    },
    remove: async (key) => {
      const { store, done } = await begin()
      await Promise.all([store.delete(key), done])
    },
  }
}

/** Ask the browser not to clear what is kept when the device runs full. */
export const keepForGood = async (): Promise<boolean> => (await navigator.storage?.persist?.()) ?? false
