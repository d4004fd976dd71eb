import { closedError, LarderError } from '../errors.ts'
import type { Ids } from '../platform/ports.ts'
import { withTurn } from './begin-turn.ts'
import { GivenOut } from './given-out.ts'
import { lastTurnSaid } from './last-turn.ts'
import { letterDamageOf, lostEnd, putNotes } from './quarantine.ts'
import { LAYOUT_VERSION, type MetaRecord } from './records.ts'
import { BeingRemoved } from './removal.ts'
import type { StorageTransaction } from './storage-backend.ts'

/**
 * Reads the meta record, or makes it at the first open.
 *
 * @param options.mayRevive whether a log that was emptied to be removed is gone on with. Default true
 * @throws BeingRemoved
 */
export async function openMeta(
  tx: StorageTransaction,
  options: { ids: Ids; authority: 'local' | 'server'; now: number; mayRevive?: boolean },
): Promise<MetaRecord> {
  const found = await tx.get('meta', 'log')
  if (found?.destroyed === true && options.mayRevive === false) throw new BeingRemoved()
  const stored = found?.destroyed === true ? await revive(tx, found) : found
  if (stored === undefined) return openRaised(tx, await madeUp(tx, options), options)
  if (stored.layout > LAYOUT_VERSION) {
    throw new LarderError(
      'schema-too-new',
      'A newer version of this app has used this store: update the app. Nothing was changed',
      {
        details: { stored: stored.layout, supported: LAYOUT_VERSION },
      },
    )
  }
  if (stored.layout < LAYOUT_VERSION) {
    // The records of older layouts are read as they are: only the claim that nothing newer lies here has to change.
    const raised: MetaRecord = { ...stored, layout: LAYOUT_VERSION }
    await tx.put('meta', raised)
    return openRaised(tx, raised, options)
  }
  return openRaised(tx, stored, options)
}

/** What was emptied and not removed is a store like a fresh one. */
async function revive(tx: StorageTransaction, { destroyed: _, ...meta }: MetaRecord): Promise<MetaRecord> {
  await tx.put('meta', meta)
  return meta
}

/**
 * The first meta record, or one in place of one that is lost: what lies here is not to be written over. Where it was synced, nobody knows any more how far, so all
 * of it is offered again, as to a server that has lost its log: it knows what it has.
 */
async function madeUp(
  tx: StorageTransaction,
  { ids, authority }: { ids: Ids; authority: 'local' | 'server' },
): Promise<MetaRecord> {
  const [[last], [front], lastOrder, letters, [discarded]] = await Promise.all([
    tx.read('confirmed', { limit: 1, direction: 'backward' }),
    tx.read('pending', { limit: 1 }),
    tx.lastKey('pending'),
    tx.read('deadLetters', {}),
    tx.read('discarded', { limit: 1 }),
  ])
  const given = new GivenOut('')
  // A retry puts it back where it lay: nothing else may have its place by then.
  for (const letter of letters)
    if (letter.kind === 'commit' && letterDamageOf(letter) === undefined) given.add(letter.commit)
  if (discarded !== undefined) await given.addDiscarded(tx)
  const isFresh = letters.length === 0 && discarded === undefined && front === undefined && last?.marks === undefined
  // What lay elsewhere before an earlier turn says so by its number, which no other may have.
  const lastTurn = isFresh ? 0 : await lastTurnSaid(tx)
  const isSynced = front !== undefined || last?.marks !== undefined || lastTurn > 0
  const isEmpty = last === undefined && !isSynced
  const fresh = freshMeta(ids.next(), isEmpty ? authority : isSynced ? 'server' : 'local')
  const kept: MetaRecord = {
    ...fresh,
    nextOrder: Math.max(given.nextOrder, (lastOrder ?? 0) + 1),
    lowOrder: Math.min(given.lowOrder, front?.order ?? given.lowOrder),
  }
  const turn = { why: 'restore', from: '', head: last?.last ?? 0, known: null } as const
  const isSetBack = lastTurn > 0 || (isSynced && last !== undefined)
  const made = isSetBack ? withTurn(kept, turn, lastTurn) : kept
  await tx.put('meta', made)
  return made
}

/** In the place of a record that is not of this log. What a person has said, and who leads, is of no log. */
export async function madeUpBehind(
  tx: StorageTransaction,
  { paused, claimedBy, term }: MetaRecord,
  options: Parameters<typeof madeUp>[1],
): Promise<MetaRecord> {
  const made: MetaRecord = {
    ...(await madeUp(tx, options)),
    ...(paused === undefined ? {} : { paused }),
    ...(claimedBy === undefined ? {} : { claimedBy }),
    term,
  }
  await tx.put('meta', made)
  return made
}

async function openRaised(
  tx: StorageTransaction,
  stored: MetaRecord,
  options: { ids: Ids; authority: 'local' | 'server'; now: number },
): Promise<MetaRecord> {
  if (stored.authority !== 'local' || options.authority === 'local') return stored
  const [last] = await tx.read('confirmed', { limit: 1, direction: 'backward' })
  // The server has said its name for the end of the log, so this is a record of before it had.
  if (last?.marks !== undefined) return madeUpBehind(tx, stored, options)
  const head = last?.last
  const lost = lostEnd(stored, head ?? 0, options.now)
  if (lost !== undefined) await putNotes(tx, [lost])
  const adopted: MetaRecord =
    head === undefined
      ? { ...stored, compactedTo: 0 }
      : withTurn(stored, { why: 'adoption', from: 'local', head, known: null })
  // Its commits have had no seqs of their own: each is given one by its position.
  const synced: MetaRecord = { ...adopted, authority: 'server:', nextSeq: stored.nextSeq + (head ?? 0) }
  await tx.put('meta', synced)
  return synced
}

export function freshMeta(device: string, authority: 'local' | 'server'): MetaRecord {
  return {
    key: 'log',
    layout: LAYOUT_VERSION,
    authority: authority === 'local' ? 'local' : 'server:',
    device,
    cursor: null,
    generation: 0,
    nextSeq: 1,
    nextOrder: 1,
    lowOrder: 1,
    term: 0,
    serverDomain: undefined,
    attempt: 0,
    failedAt: 0,
    nextAttemptAt: 0,
    lastSuccessAt: undefined,
    repairs: 0,
    compactedTo: 0,
    paused: false,
  }
}

/** @throws LarderError `closed` */
export function refuseDestroyed({ destroyed }: MetaRecord): void {
  if (destroyed === true) throw closedError()
}
