import type { KeyRange } from '../../store/storage-backend.ts'

/** Resolves in the event handler itself, so what awaits it goes on while the transaction is active. */
export function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = (event) => {
      // The caller may do without it; a transaction whose caller does not is aborted by hand.
      event.preventDefault()
      reject(request.error)
    }
  })
}

/** `null` for all keys, undefined where no key can match, which IndexedDB would refuse to build. */
export function toNativeRange(
  factory: typeof IDBKeyRange,
  { after, upTo, limit }: KeyRange<string | number>,
): IDBKeyRange | null | undefined {
  if (limit !== undefined && limit <= 0) return undefined
  if (after === undefined) return upTo === undefined ? null : factory.upperBound(upTo)
  if (upTo === undefined) return factory.lowerBound(after, true)
  return after < upTo ? factory.bound(after, upTo, true, false) : undefined
}

/** Steps through records in reverse, which `getAll` cannot. */
export function readBackward(store: IDBObjectStore, range: IDBKeyRange | null, limit: number): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const records: unknown[] = []
    const request = store.openCursor(range, 'prev')
    request.onerror = (event) => {
      event.preventDefault()
      reject(request.error)
    }
    request.onsuccess = () => {
      const cursor = request.result
      if (cursor === null) return resolve(records)
      records.push(cursor.value)
      if (records.length === limit) return resolve(records)
      cursor.continue()
    }
  })
}

/** Keys asked for at once; an index value with more segments than this is stepped through. */
const KEYS_AT_ONCE = 1024

/**
 * The records of one index value within a range. Their keys come in one answer, and the records are asked for side by side: the browser then
 * loads them while it hands over those before, where a cursor would ask for each when the one before has come.
 */
export async function readIndexRange(
  index: IDBIndex,
  only: IDBKeyRange,
  value: string,
  range: KeyRange<number>,
  readOne: (key: number) => Promise<unknown> = (key) => answerOf<unknown>(index.objectStore.get(key)),
): Promise<unknown[]> {
  const found = await answerOf(index.getAllKeys(only, KEYS_AT_ONCE))
  const keys = keysInRange(found.map(Number), range, found.length < KEYS_AT_ONCE)
  if (keys === undefined) return stepThroughIndex(index, only, value, range)
  return Promise.all(keys.map(readOne))
}

/** Those of an index value that are asked for, however many there are. */
export async function keysOfIndex(index: IDBIndex, only: IDBKeyRange, range: KeyRange<number>): Promise<number[]> {
  const found = await answerOf(index.getAllKeys(only))
  return [...(keysInRange(found.map(Number), range, true) ?? [])]
}

/** Those that are asked for, of the first keys of an index value in rising order; undefined where it takes more than the first to tell. */
function keysInRange(
  keys: readonly number[],
  { after = Number.NEGATIVE_INFINITY, upTo = Number.POSITIVE_INFINITY, limit, direction }: KeyRange<number>,
  areAll: boolean,
): readonly number[] | undefined {
  const within = keys.filter((key) => key > after && key <= upTo)
  const isBackward = direction === 'backward'
  const reachesEnd = areAll || (keys.at(-1) ?? 0) > upTo
  const isEnough = !isBackward && limit !== undefined && within.length >= limit
  if (!reachesEnd && !isEnough) return undefined
  return (isBackward ? within.toReversed() : within).slice(0, limit)
}

/**
 * Steps through the entries of one index value, which lie in the order of their primary keys, and stops at the first one behind the range.
 * Entries in front of it are jumped over.
 */
function stepThroughIndex(
  index: IDBIndex,
  only: IDBKeyRange,
  value: string,
  { after, upTo, limit = Number.POSITIVE_INFINITY, direction = 'forward' }: KeyRange<number>,
): Promise<unknown[]> {
  const isForward = direction === 'forward'
  const start = isForward ? after : upTo
  const isBeforeStart = (key: number): boolean => {
    if (start === undefined) return false
    return isForward ? key <= start : key > start
  }
  const isBehindEnd = (key: number): boolean =>
    isForward ? upTo !== undefined && key > upTo : after !== undefined && key <= after
  return new Promise((resolve, reject) => {
    const records: unknown[] = []
    let jumped = false
    const request = index.openCursor(only, isForward ? 'next' : 'prev')
    request.onerror = (event) => {
      event.preventDefault()
      reject(request.error)
    }
    request.onsuccess = () => {
      const cursor = request.result
      if (cursor === null) return resolve(records)
      const key = Number(cursor.primaryKey)
      if (isBeforeStart(key)) {
        if (jumped || start === undefined || key === start) return cursor.continue()
        jumped = true
        return cursor.continuePrimaryKey(value, start)
      }
      if (isBehindEnd(key)) return resolve(records)
      records.push(cursor.value)
      if (records.length === limit) return resolve(records)
      cursor.continue()
    }
  })
}
