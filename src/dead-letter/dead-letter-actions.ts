import { LarderError } from '../errors.ts'
import { countOf } from '../event/packed-events.ts'
import type { StorableCommit } from '../event/prepare-commit.ts'
import type { Stored } from '../store/append-transaction.ts'
import { checksumOfEvents } from '../store/check-segment.ts'
import type { CommitChange } from '../store/commit-fate.ts'
import { confirmLocally } from '../store/confirm-locally.ts'
import type { EventStore } from '../store/event-store.ts'
import type { LogCache } from '../store/log-cache.ts'
import {
  type CommitLetterRecord,
  type DeadLetterRecord,
  type DiscardedRecord,
  isAccepted,
  type MetaRecord,
  type PendingRecord,
} from '../store/records.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'
import { findRefused, type RefusedCommit, removeRefused } from './refused-commit.ts'
import { settleDependents } from './settle-dependents.ts'

/** A commit of this line is on the server already; sending it again could only make a second copy. */
const FINAL_CODES: ReadonlySet<string> = new Set(['already-accepted'])

/**
 * Puts a dead letter back into the outbox, with the same id and in the same place, or leaves it there. A store that is its own authority, and has it from a backup,
 * confirms it instead. Answers the position of its first event where it is confirmed.
 */
export function retryDeadLetter(store: EventStore, id: string): Promise<number | undefined> {
  return store.transition(async (tx, cache) => {
    const refused = await findRefused(tx, cache, id)
    // It is so already.
    if (refused.where === 'outbox') return undefined
    if (isFinal(refused)) throw finalError(id)
    if (cache.meta.authority === 'local') {
      await tx.delete('deadLetters', id)
      await tx.put('meta', disturbed(cache.meta))
      const [position] = await confirmLocally(tx, cache, [refused.commit])
      return position
    }
    await Promise.all([
      tx.delete('deadLetters', id),
      tx.put('pending', refused.commit),
      tx.put('meta', disturbed(cache.meta)),
    ])
    return undefined
  })
}

/** Does the same with those that are due by themselves; answers what became of each. */
export async function retryDueDeadLetters(store: EventStore, now: number): Promise<readonly CommitChange[]> {
  const isDue = (letter: CommitLetterRecord): boolean => waitForDeadLetter(letter, now) === 0
  if (![...store.known.deadLetters.values()].some(isDue)) return []
  return store.transition(async (tx, cache) => {
    // Looked up again: another tab may have put some back, and they may have been refused again.
    const letters = [...cache.deadLetters.values()].filter(isDue)
    if (letters.length === 0) return []
    await tx.delete('deadLetters', ...letters.map(({ id }) => id))
    await tx.put('meta', disturbed(cache.meta))
    const commits = letters.map(({ commit }) => commit)
    // Nothing would ever take them out of an outbox there.
    const isLocal = cache.meta.authority === 'local'
    const positions = isLocal ? await confirmLocally(tx, cache, commits) : []
    if (!isLocal) await tx.put('pending', ...commits)
    return commits.map(({ id }, index) => ({
      commit: id,
      to: isLocal ? 'confirmed' : 'pending',
      position: positions[index],
    }))
  })
}

/** In ms, until the next dead letter is due by itself; undefined where all wait for a person. */
export function waitForDeadLetters(letters: Iterable<DeadLetterRecord>, now: number): number | undefined {
  const waits = Array.from(letters, (letter) => waitForDeadLetter(letter, now)).filter((wait) => wait !== undefined)
  return waits.length === 0 ? undefined : Math.min(...waits)
}

/** None at all when the clock was set back since, perhaps by years. */
export function waitForDeadLetter({ nextAttemptAt, since }: DeadLetterRecord, now: number): number | undefined {
  if (nextAttemptAt === undefined) return undefined
  return now < since ? 0 : Math.max(0, nextAttemptAt - now)
}

/** What became of commits that stood on one that was settled. */
export interface Consequences {
  /** They can only be refused, and are dead letters now. */
  readonly refused: readonly CommitChange[]
}

/** Puts a new commit into the place of a refused one; the refused one stays as a record. */
export function amendDeadLetter(
  store: EventStore,
  id: string,
  commit: StorableCommit,
  now: number,
): Promise<Stored & Consequences> {
  return store.transition(async (tx, cache) => {
    const refused = await findRefused(tx, cache, id)
    if (isFinal(refused)) throw finalError(id)
    // First: what takes its place in the outbox has the same key.
    await removeRefused(tx, refused)
    const { meta } = cache
    if (meta.authority === 'local') {
      await tx.put('discarded', record(refused, { why: 'replaced', note: commit.id, at: now, withdraw: [] }))
      await tx.put('meta', disturbed(meta))
      const [position] = await confirmLocally(tx, cache, [commit])
      return { commitId: commit.id, eventIds: undefined, position, refused: [] }
    }
    const replacement: PendingRecord = {
      id: commit.id,
      device: meta.device,
      seq: meta.nextSeq,
      order: refused.commit.order,
      count: countOf(commit.events),
      madeAt: now,
      events: commit.events,
      expected: commit.expected,
      basis: {},
      replaces: [...refused.commit.replaces, id],
      verdict: undefined,
      attempts: 0,
      checksum: checksumOfEvents(commit.events),
    }
    const [consequences] = await Promise.all([
      settleDependents(tx, cache, [{ record: refused.commit, successor: replacement }], now),
      tx.put('pending', replacement),
      tx.put('discarded', record(refused, { why: 'replaced', note: commit.id, at: now, withdraw: [] })),
      tx.put('meta', { ...disturbed(meta), nextSeq: meta.nextSeq + 1 }),
    ])
    return { commitId: commit.id, eventIds: undefined, position: undefined, refused: consequences }
  })
}

/** Gives a refused commit up: it stays as a record, and the server is told never to accept it, nor what it replaced. */
export function discardDeadLetter(store: EventStore, id: string, reason: string, now: number): Promise<Consequences> {
  return store.transition(async (tx, cache) => {
    const refused = await findRefused(tx, cache, id)
    const [consequences] = await Promise.all([
      settleDependents(tx, cache, [{ record: refused.commit, successor: undefined }], now),
      removeRefused(tx, refused),
      tx.put('discarded', discarded(refused, cache.meta, reason, now)),
      tx.put('meta', disturbed(cache.meta)),
    ])
    return { refused: consequences }
  })
}

/** Moves a commit that can never be sent as it is out of the outbox. */
export async function refusePending(
  tx: StorageTransaction,
  cache: LogCache,
  id: string,
  refusal: { code: string; message: string; now: number },
): Promise<boolean> {
  const pending = cache.pending.find(id)
  if (pending === undefined || isAccepted(pending)) return false
  const letter: CommitLetterRecord = {
    id,
    kind: 'commit',
    code: refusal.code,
    message: refusal.message,
    retryable: false,
    attempts: pending.attempts + 1,
    since: refusal.now,
    nextAttemptAt: undefined,
    commit: { ...pending, attempts: pending.attempts + 1, verdict: undefined },
  }
  await Promise.all([
    tx.delete('pending', pending.order),
    tx.put('deadLetters', letter),
    tx.put('meta', disturbed(cache.meta)),
  ])
  return true
}

/** Gives refused commits up that no open one stands on, all at once; answers which those are. The others are to be discarded one by one. */
export function discardFreeLetters(
  store: EventStore,
  ids: readonly string[],
  reason: string,
  now: number,
): Promise<readonly string[]> {
  return store.transition(async (tx, cache) => {
    const open = [...cache.pending.records, ...Array.from(cache.deadLetters.values(), ({ commit }) => commit)]
    const stoodOn = new Set(
      open.flatMap(({ basis }) => Object.values(basis).flatMap(({ behind }) => behind.map(({ id }) => id))),
    )
    const letters = ids.flatMap((id) => (stoodOn.has(id) ? [] : (cache.deadLetters.get(id) ?? [])))
    if (letters.length === 0) return []
    await Promise.all([
      tx.delete('deadLetters', ...letters.map(({ id }) => id)),
      tx.put('discarded', ...letters.map((letter) => discarded(letter, cache.meta, reason, now))),
      tx.put(
        'meta',
        disturbedBy(
          cache.meta,
          letters.map(({ id }) => id),
        ),
      ),
    ])
    return letters.map(({ id }) => id)
  })
}

/** What tabs have cached of the dead letters is void. */
export function disturbed(meta: MetaRecord): MetaRecord {
  return { ...meta, generation: meta.generation + 1 }
}

const FEW = 8

/** Only these dead letters have changed, and nothing of the outbox: a tab that knew all that was before has to look at these alone. */
export function disturbedBy(meta: MetaRecord, letters: readonly string[]): MetaRecord {
  const { touched: _, ...rest } = disturbed(meta)
  // Every append writes the record back: a long list would make each slower.
  return letters.length > FEW ? rest : { ...rest, touched: { generation: rest.generation, letters } }
}

function discarded(letter: Settleable, meta: MetaRecord, note: string, at: number): DiscardedRecord {
  // Where there is no server, there is nobody to tell.
  const line = meta.authority === 'local' ? [] : [letter.id, ...letter.commit.replaces]
  const withdraw = isFinal(letter) ? line.slice(0, 1) : line
  return record(letter, { why: 'discarded', note, at, withdraw })
}

function record(letter: Settleable, rest: Pick<DiscardedRecord, 'why' | 'note' | 'at' | 'withdraw'>): DiscardedRecord {
  return { id: letter.id, commit: letter.commit, ...rest }
}

type Settleable = Pick<RefusedCommit, 'id' | 'commit' | 'code'>

function isFinal({ code }: Settleable): boolean {
  return code !== undefined && FINAL_CODES.has(code)
}

function finalError(id: string): LarderError {
  return new LarderError(
    'id-reused',
    `Dead letter ${id} replaces a commit that the server had accepted: discard it, or append its events as a new commit`,
    { details: { id } },
  )
}
