/** What the browser says of this origin's storage. Much of it may be missing, throw or never answer; then it is unknown. */
export interface StorageFacts {
  /** Asks not to be evicted when the disk is full; answers whether that was granted. `'unknown'` where nobody says, or not within 30 s. */
  persist(): Promise<boolean | 'unknown'>
  read(): Promise<{ persisted: boolean | 'unknown'; usageBytes: number | undefined; quotaBytes: number | undefined }>
  /** How full it is, in bytes, and nothing else: nothing of it waits for another word. Undefined where nobody says, or not within 2 s. */
  estimate(): Promise<{ usage: number | undefined; quota: number | undefined }>
}

/** Browsers have been seen to never answer. */
const ANSWER_MS = 2000
/** Some ask a person. */
const PERSON_MS = 30_000

export function browserStorageFacts(): StorageFacts {
  const storage = typeof navigator === 'undefined' ? undefined : (navigator.storage as StorageManager | undefined)
  const estimate = async () => {
    const said = await within(ANSWER_MS, () => storage?.estimate?.())
    return { usage: said?.usage, quota: said?.quota }
  }
  return {
    persist: async () => (await within(PERSON_MS, () => storage?.persist?.())) ?? 'unknown',
    read: async () => {
      const [persisted, { usage, quota }] = await Promise.all([
        within(ANSWER_MS, () => storage?.persisted?.()),
        estimate(),
      ])
      return { persisted: persisted ?? 'unknown', usageBytes: usage, quotaBytes: quota }
    },
    estimate,
  }
}

async function within<T>(limitMs: number, ask: () => Promise<T> | undefined): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs)
  })
  try {
    return await Promise.race([ask(), silence])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
