import type { Clock, Ids } from '../platform/ports.ts'
import { GivenOut } from './given-out.ts'
import { LogCache } from './log-cache.ts'
import { goOnWithOlder, isOlder } from './older-meta.ts'
import { openMeta } from './open-meta.ts'
import { type DamageNote, notePages } from './quarantine.ts'
import type { TableName } from './records.ts'
import { BeingRemoved, type Removal } from './removal.ts'
import type { StorageBackend, StorageTransaction } from './storage-backend.ts'

export interface OpenLogOptions {
  readonly backend: StorageBackend
  readonly clock: Clock
  readonly ids: Ids
  readonly authority: 'local' | 'server'
  readonly removal?: Removal
}

export interface OpenedLog {
  readonly cache: LogCache
  /** What was noted as damaged. */
  readonly notes: readonly DamageNote[]
}

/** Reads the log at the first transaction of a tab. One that is about to be removed is waited for, and the next one opened. */
export async function openLog(options: OpenLogOptions, tables: readonly TableName[]): Promise<OpenedLog> {
  const { backend, clock, removal } = options
  const load = (mayRevive: boolean): Promise<OpenedLog> =>
    backend.transact('write', tables, async (tx) => {
      const now = clock.now()
      const meta = await openMeta(tx, { ...options, now, mayRevive })
      const given = new GivenOut(meta.device)
      const [loaded, notes] = await Promise.all([LogCache.load(tx, now, (commit) => given.add(commit)), openNotes(tx)])
      let cache = loaded
      given.addWaiting(cache)
      if (isOlder(cache, given)) {
        await goOnWithOlder(tx, cache, options.ids)
        cache = await LogCache.load(tx, now)
      }
      return { cache, notes }
    })
  if (removal === undefined) return load(true)
  try {
    return await load(false)
  } catch (error) {
    if (!(error instanceof BeingRemoved)) throw error
    return removal.alone(() => load(true))
  }
}

/** What is whole again nobody has to know of. */
async function openNotes(tx: StorageTransaction): Promise<readonly DamageNote[]> {
  const notes: DamageNote[] = []
  for await (const page of notePages(tx)) notes.push(...page.filter(({ repairedAt }) => repairedAt === undefined))
  return notes
}
