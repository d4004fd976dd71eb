import { answerOf } from './requests.ts'

/** Of these one record may be lacked: whoever reads them finds out that it is damaged, and goes on without it. */
const REPLACEABLE: ReadonlySet<string> = new Set(['confirmed', 'pending', 'deadLetters', 'discarded'])

/**
 * Reads records each by itself, where reading them together failed with `cause`. Chromium and Firefox keep large values in files, and a file that is lost
 * fails every call that would hand it over, with the rest of the records. In the place of one that cannot be read comes a record with its key alone.
 *
 * @param keysOf asks for the keys of the records, in the order in which they are wanted
 * @throws `cause` where it is not one record that fails
 */
export async function readSingly(
  store: IDBObjectStore,
  ranges: typeof IDBKeyRange,
  cause: unknown,
  keysOf: () => Promise<readonly IDBValidKey[]>,
): Promise<unknown[]> {
  const keys = await keysOf().catch(() => Promise.reject(cause))
  return Promise.all(keys.map((key) => readOne(store, ranges, key)))
}

/** The record of this key; one with its key alone where IndexedDB cannot hand it over. */
export async function readOne(store: IDBObjectStore, ranges: typeof IDBKeyRange, key: IDBValidKey): Promise<unknown> {
  try {
    return await answerOf<unknown>(store.get(key))
  } catch (cause) {
    if (!REPLACEABLE.has(store.name) || typeof store.keyPath !== 'string') throw cause
    // Fails too where it is the connection that is lost, and not the record.
    const before = await keyBefore(store, ranges, key).catch(() => Promise.reject(cause))
    const stub = { [store.keyPath]: key }
    // The confirmed zone has no gaps, so what a segment held is known by its neighbour.
    return store.name === 'confirmed' ? { ...stub, first: Number(before ?? 0) + 1 } : stub
  }
}

async function keyBefore(
  store: IDBObjectStore,
  ranges: typeof IDBKeyRange,
  key: IDBValidKey,
): Promise<IDBValidKey | undefined> {
  return (await answerOf(store.openKeyCursor(ranges.upperBound(key, true), 'prev')))?.primaryKey
}
