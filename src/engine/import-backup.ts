import type { BackupCommit, BackupEntry } from '../backup/backup-format.ts'
import type { BackupPlace } from '../backup/backup-place.ts'
import { BackupReader } from '../backup/read-backup.ts'
import { isLarderError, type LarderError } from '../errors.ts'
import type { JsonValue } from '../event/json.ts'
import { countOf, packEvents } from '../event/packed-events.ts'
import type { StoredEvent } from '../event/recorded-event.ts'
import { checksumOfEvents, toStored } from '../store/check-segment.ts'
import type { EventStore } from '../store/event-store.ts'
import type { LogCache } from '../store/log-cache.ts'
import type { CommitLetterRecord, DiscardedRecord, PendingRecord } from '../store/records.ts'
import { buildSegments, type CommitRun } from '../store/segment.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'
import { type KnownCommits, knownCommits } from './known-commits.ts'
import { type ConfirmedOfBackup, lostCommits, partFor, refill } from './refill.ts'

/** How often what was lost is tried while nobody puts anything back or appends. */
const ATTEMPTS = 10
/** The same, whatever others do: then the rest is added behind, and what it belongs in stays missing. */
const ALL_ATTEMPTS = 100

/** Some lines of a backup. */
export interface BackupLines {
  readonly lines: readonly string[]
  /** Where they begin: what was answered for the lines in front of them. */
  readonly place: BackupPlace
  /** No line follows. */
  readonly isLast: boolean
  /** Only look whether they are whole. */
  readonly checkOnly: boolean
}

export interface BackupImported {
  readonly place: BackupPlace
  /** New here. */
  readonly commits: number
  readonly events: number
  /** Commits that were here before. */
  readonly known: number
  /** What is wrong with the line behind `place`; whatever is in front of it is imported. */
  readonly failure: BackupFailure | undefined
}

export type BackupFailure = {
  readonly [C in 'backup-invalid' | 'backup-too-new']: Pick<LarderError<C>, 'code' | 'message' | 'details'>
}['backup-invalid' | 'backup-too-new']

/**
 * Imports lines of a backup. A line is written only if its seal and those of all lines in front of it hold. Doing it again changes nothing: a commit whose id
 * is known, wherever it lies, is passed over. What a local log has lost, and the backup of it has, is put back in its place, each part of the log in a transaction
 * of its own; the rest is added behind in one.
 */
export async function importBackup(
  store: EventStore,
  { lines, place, isLast, checkOnly }: BackupLines,
  now: () => number,
): Promise<BackupImported> {
  const reader = new BackupReader(place)
  const entries: BackupEntry[] = []
  let failure: BackupImported['failure']
  try {
    for (const line of lines) {
      const entry = reader.read(line)
      if (entry !== undefined) entries.push(entry)
    }
    if (isLast) reader.finish()
  } catch (error) {
    failure = failureOf(error)
  }
  const commits = entries.filter((entry) => entry.kind !== 'unreadable')
  const { header } = reader.place
  const { hasSearched, ...done } =
    checkOnly || commits.length === 0
      ? { commits: 0, events: 0, known: 0, hasSearched: place.hasSearched === true }
      : await importCommits(store, commits, { ...place, header, hasEnded: reader.place.hasEnded }, now)
  return { place: { ...reader.place, ...(hasSearched ? { hasSearched } : {}) }, ...done, failure }
}

type Counted = Pick<BackupImported, 'commits' | 'events' | 'known'>

async function importCommits(
  store: EventStore,
  commits: readonly BackupCommit[],
  place: BackupPlace,
  now: () => number,
): Promise<Counted & { readonly hasSearched: boolean }> {
  const ids = commits.map(({ id }) => id)
  const before = place.confirmed === undefined ? [] : [place.confirmed.id]
  const back: ConfirmedOfBackup[] = []
  let hasSearched = place.hasSearched === true
  let log: string | undefined
  for (let attempt = 1, all = 1; ; attempt++, all++) {
    // Another tab may put some of it back at any moment: only what can be put nowhere in this transaction is added behind by it.
    const step = await store.transition(async (tx, cache) => {
      const known = await knownCommits(tx, cache, [...before, ...ids])
      const lost = lostCommits(commits, place, known, cache)
      const parts = await Promise.all(lost.map((run) => partFor(run, tx, cache.meta)))
      const now = JSON.stringify([cache.meta.repairs, cache.head])
      const mayTry = all <= ALL_ATTEMPTS && (attempt <= ATTEMPTS || now !== log)
      if (mayTry && parts.some((part) => part !== undefined)) return { lost, log: now }
      return { added: await new BackupImport(tx, cache).write(commits, known) }
    })
    if (step.added !== undefined) {
      const { commits: count, known } = step.added
      // What was put back was known when the rest was added.
      const events = back.reduce((sum, commit) => sum + commit.events.length, step.added.events)
      return { commits: count + back.length, events, known: known - back.length, hasSearched }
    }
    if (step.log !== log) attempt = 1
    log = step.log
    // What is put back counts on what is known to be missing around it.
    if (!hasSearched) await searchAll(store)
    hasSearched = true
    const options = { store, runOf, now, all: step.lost.flat(), hasEnded: place.hasEnded }
    for (const run of step.lost) back.push(...(await refill(run, options)))
  }
}

/** Once in an import, and only where something is lost: what is damaged or missing is noted by whoever reads over it. */
async function searchAll(store: EventStore): Promise<void> {
  const pages = store.readAhead(0)
  while ((await pages.next()).length > 0);
  await store.damages.written()
}

function failureOf(error: unknown): BackupFailure {
  if (isLarderError(error, 'backup-invalid'))
    return { code: error.code, message: error.message, details: error.details }
  if (isLarderError(error, 'backup-too-new'))
    return { code: error.code, message: error.message, details: error.details }
  throw error
}

class BackupImport {
  readonly #tx: StorageTransaction
  readonly #cache: LogCache
  readonly #runs: CommitRun[] = []
  readonly #pending: PendingRecord[] = []
  readonly #letters: CommitLetterRecord[] = []
  readonly #discarded: DiscardedRecord[] = []
  #nextSeq: number
  #nextOrder: number

  constructor(tx: StorageTransaction, cache: LogCache) {
    this.#tx = tx
    this.#cache = cache
    this.#nextSeq = cache.meta.nextSeq
    this.#nextOrder = cache.meta.nextOrder
  }

  /** @param here which of them are here already */
  async write(commits: readonly BackupCommit[], here: KnownCommits): Promise<Counted> {
    const known = new Set(here.keys())
    let [count, events] = [0, 0]
    for (const commit of commits) {
      if (known.has(commit.id)) continue
      // A file may hold a commit twice, if two were put together.
      known.add(commit.id)
      this.#take(commit)
      count++
      events += commit.events.length
    }
    if (count > 0) await this.#put()
    return { commits: count, events, known: commits.length - count }
  }

  #take(commit: BackupCommit): void {
    if (commit.kind === 'dead-letter') this.#letters.push(letterOf(commit, this.#queue(commit)))
    else if (commit.kind === 'discarded') this.#discarded.push(discardedOf(commit, this.#queue(commit)))
    else if (this.#cache.meta.authority === 'local') this.#runs.push(runOf(commit))
    else this.#pending.push(this.#queue(commit))
  }

  /**
   * As a commit of this device: its seq is a place in this device's order. Whose commit it was the server knows by its id, if it ever had it. What it
   * expected was said of another log.
   */
  #queue(commit: BackupCommit): PendingRecord {
    const events = eventsOf(commit)
    return {
      id: commit.id,
      device: this.#cache.meta.device,
      seq: this.#nextSeq++,
      order: this.#nextOrder++,
      count: countOf(events),
      madeAt: commit.kind === 'confirmed' ? events.minTime : Date.parse(commit.madeAt),
      events,
      expected: {},
      basis: {},
      replaces: commit.kind === 'confirmed' ? [] : commit.replaces,
      verdict: undefined,
      attempts: commit.kind === 'dead-letter' ? commit.attempts : 0,
      checksum: checksumOfEvents(events),
      ...commandOf(commit),
    }
  }

  async #put(): Promise<void> {
    const { meta, nextPosition } = this.#cache
    const versions = await this.#cache.confirmedVersions(
      this.#tx,
      this.#runs.flatMap(({ events }) => events.streams),
    )
    const segments = buildSegments(nextPosition, this.#runs, versions)
    await Promise.all([
      this.#tx.put('confirmed', ...segments.map(toStored)),
      this.#tx.put('pending', ...this.#pending),
      this.#tx.put('deadLetters', ...this.#letters),
      this.#tx.put('discarded', ...this.#discarded),
      this.#tx.put('meta', {
        ...meta,
        nextSeq: this.#nextSeq,
        nextOrder: this.#nextOrder,
        // Neither is appended to anything: what tabs know of dead letters is void, and that there is nothing to withdraw.
        generation: meta.generation + (this.#letters.length + this.#discarded.length > 0 ? 1 : 0),
      }),
    ])
  }
}

/** It may be decided again here as well. */
function commandOf(commit: BackupCommit): Pick<PendingRecord, 'command'> {
  if (commit.kind === 'confirmed' || commit.command === undefined) return {}
  const { args, ...command } = commit.command
  // Whatever JSON says, as with `data` of events.
  return { command: args === undefined ? command : { ...command, args: args as JsonValue } }
}

function eventsOf({ events }: BackupCommit) {
  // The schema has seen all but `data`, which is whatever JSON says.
  return packEvents(events as StoredEvent[])
}

function runOf(commit: Extract<BackupCommit, { kind: 'confirmed' | 'pending' }>): CommitRun {
  const { id, device, seq, events } = commit
  const receivedAt =
    commit.kind === 'confirmed' && commit.receivedAt !== undefined ? Date.parse(commit.receivedAt) : NaN
  return { commit: { id, device, seq, count: events.length, receivedAt }, events: eventsOf(commit) }
}

function letterOf(letter: Extract<BackupCommit, { kind: 'dead-letter' }>, commit: PendingRecord): CommitLetterRecord {
  const { id, code, message, retryable, attempts, since, nextAttemptAt } = letter
  return {
    ...{ id, kind: 'commit', code, message, retryable, attempts, commit },
    since: Date.parse(since),
    nextAttemptAt: nextAttemptAt === undefined ? undefined : Date.parse(nextAttemptAt),
  }
}

function discardedOf(given: Extract<BackupCommit, { kind: 'discarded' }>, commit: PendingRecord): DiscardedRecord {
  const { id, why, note, at, withdraw } = given
  return { id, why, note, at: Date.parse(at), withdraw, commit }
}
