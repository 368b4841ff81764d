/**
 * Values that must outlive a reload, pictures too: one IndexedDB database per family, keyed by `key` of the value.
 *
 * Where the browser has no IndexedDB (some private windows) they live as long as the page, and `durable` says so.
 */
export interface Keep<T> {
  durable: boolean
  list: () => Promise<T[]>
  put: (value: T) => Promise<void>
  remove: (key: string) => Promise<void>
}

const STORE = 'values'

function memory<T>(keyOf: (value: T) => string): Keep<T> {
  const held = new Map<string, T>()
  return {
    durable: false,
    list: async () => [...held.values()],
    put: async (value) => void held.set(keyOf(value), value),
    remove: async (key) => void held.delete(key),
  }
}

const answer = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'))
  })

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(STORE)
  return answer(request)
}

export async function openKeep<T>(name: string, keyOf: (value: T) => string): Promise<Keep<T>> {
  if (typeof indexedDB === 'undefined') return memory(keyOf)
  let database: IDBDatabase
  try {
    database = await open(name)
  } catch {
    return memory(keyOf) // refused by the browser's settings
  }
  const store = (mode: IDBTransactionMode): IDBObjectStore => database.transaction(STORE, mode).objectStore(STORE)
  return {
    durable: true,
    list: () => answer(store('readonly').getAll() as IDBRequest<T[]>),
    put: async (value) => void (await answer(store('readwrite').put(value, keyOf(value)))),
    remove: async (key) => void (await answer(store('readwrite').delete(key))),
  }
}
