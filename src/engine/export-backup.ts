import { BACKUP_VERSION, type BackupCommit, type BackupHeader } from '../backup/backup-format.ts'
import { BackupWriter } from '../backup/write-backup.ts'
import type { EventStore } from '../store/event-store.ts'
import { endOf } from '../store/missing.ts'
import { unpackCommits } from '../store/packed-commits.ts'
import { readPages } from '../store/read-pages.ts'
import type { CommitLetterRecord, ConfirmedSegment, DiscardedRecord, PendingRecord } from '../store/records.ts'
import { syncedUpTo } from '../store/unsynced.ts'

/** Segments read at a time. */
const PAGE = 4
/** Discarded commits read at a time. */
const DISCARDED = 16
/** A part ends with the line with which it has this much, in UTF-16 units. */
const PART_UNITS = 1024 * 1024

type Unconfirmed = Pick<
  Extract<BackupCommit, { kind: 'pending' }>,
  'id' | 'device' | 'seq' | 'madeAt' | 'expected' | 'basis' | 'verdict' | 'replaces' | 'attempts' | 'command'
>

/**
 * The log as a backup, part by part. What is not confirmed is noted at the moment at which the confirmed zone has been read to its end, in the same
 * transaction: so each commit is in the file once, in the place that it had at that moment, whatever is appended or confirmed on the way.
 */
export class BackupExport {
  readonly #store: EventStore
  readonly #about: Pick<BackupHeader, 'domain' | 'at'>
  readonly #writer = new BackupWriter()
  #begun = false
  #position = 0
  /** The lines behind the confirmed zone. */
  #rest: AsyncIterator<string, void> | undefined

  readonly #scope: 'all' | 'unsynced'

  /** @param scope `'unsynced'`: only what is on this device alone */
  constructor(store: EventStore, about: Pick<BackupHeader, 'domain' | 'at'>, scope: 'all' | 'unsynced' = 'all') {
    this.#scope = scope
    this.#store = store
    this.#about = about
  }

  /** The next lines; undefined at the end. */
  async next(): Promise<string | undefined> {
    if (!this.#begun) {
      this.#begun = true
      return this.#header()
    }
    while (this.#rest === undefined) {
      const lines = await this.#nextConfirmed()
      if (lines.length > 0) return lines.join('')
    }
    return this.#nextOfRest(this.#rest)
  }

  async #nextConfirmed(): Promise<string[]> {
    const { segments, end, rest } = await this.#store.read(async (tx, cache) => {
      const page = await tx.read('confirmed', { after: this.#position, upTo: cache.head, limit: PAGE })
      if (page.length === PAGE) return { segments: page, end: 0, rest: undefined }
      const discarded: string[] = []
      if (this.#scope === 'all')
        for await (const records of readPages(tx, 'discarded')) discarded.push(...records.map(({ id }) => id))
      return {
        segments: page,
        end: this.#scope === 'all' ? endOf(cache.meta) : 0,
        rest: { pending: [...cache.pending.records], letters: [...cache.deadLetters.values()], discarded },
      }
    })
    const lines = (await this.#store.open(segments, this.#position)).flatMap((segment) => this.#confirmed(segment))
    if (end > this.#position) lines.push(this.#writer.unreadable({ first: this.#position + 1, last: end }))
    if (rest !== undefined) this.#rest = this.#unconfirmed(rest.pending, rest.letters, rest.discarded)
    return lines
  }

  async #header(): Promise<string> {
    await this.#store.refresh()
    const { meta, head, pending, deadLetters } = this.#store.known
    const letters = Array.from(deadLetters.values(), ({ commit }) => commit)
    if (this.#scope === 'unsynced') this.#position = syncedUpTo({ meta, head })
    return this.#writer.header({
      kind: 'larder-backup',
      version: BACKUP_VERSION,
      ...this.#about,
      device: meta.device,
      authority: meta.authority,
      events: [...pending.records, ...letters].reduce((sum, { count }) => sum + count, head - this.#position),
    })
  }

  #confirmed(segment: ConfirmedSegment): string[] {
    const { events, commits, first, last } = segment
    const done = this.#position
    this.#position = last
    if (commits.ids.length === 0) return [this.#writer.unreadable({ first: done + 1, last })]
    return unpackCommits(commits).flatMap(({ id, device, seq, count, offset, receivedAt }) => {
      const position = first + offset
      // Compaction has joined what was read with what was not.
      if (position <= done) return []
      const start = events.offsets[offset] ?? 0
      const next = events.offsets[offset + count]
      const body = events.body.slice(start, next === undefined ? events.body.length : next - 1)
      const received = Number.isNaN(receivedAt) ? {} : { receivedAt: isoTime(receivedAt) }
      return [this.#writer.commit({ kind: 'confirmed', id, device, seq, position, ...received }, body, count)]
    })
  }

  async *#unconfirmed(
    pending: readonly PendingRecord[],
    letters: readonly CommitLetterRecord[],
    discarded: readonly string[],
  ): AsyncGenerator<string, void> {
    for (const record of pending)
      yield this.#writer.commit({ kind: 'pending', ...describe(record) }, record.events.body, record.count)
    for (const { code, message, retryable, since, nextAttemptAt, commit } of letters) {
      const next = nextAttemptAt === undefined ? {} : { nextAttemptAt: isoTime(nextAttemptAt) }
      const letter = { code, message, retryable, since: isoTime(since), ...next, ...describe(commit) }
      yield this.#writer.commit({ kind: 'dead-letter', ...letter }, commit.events.body, commit.count)
    }
    for await (const { why, note, at, withdraw, commit } of this.#discarded(discarded)) {
      const given = { why, note, at: isoTime(at), withdraw: [...withdraw], ...describe(commit) }
      yield this.#writer.commit({ kind: 'discarded', ...given }, commit.events.body, commit.count)
    }
    yield this.#writer.end()
  }

  /** Kept for good, so nobody knows how many they are: a few at a time are in memory. */
  async *#discarded(ids: readonly string[]): AsyncGenerator<DiscardedRecord, void> {
    for (let from = 0; from < ids.length; from += DISCARDED) {
      const few = ids.slice(from, from + DISCARDED)
      const records = await this.#store.read((tx) => Promise.all(few.map((id) => tx.get('discarded', id))))
      // One that is gone had been accepted all the same, and was confirmed after the moment of which this file tells.
      yield* records.filter((record) => record !== undefined)
    }
  }

  async #nextOfRest(rest: AsyncIterator<string, void>): Promise<string | undefined> {
    let text = ''
    while (text.length < PART_UNITS) {
      const step = await rest.next()
      if (step.done === true) break
      text += step.value
    }
    return text === '' ? undefined : text
  }
}

function describe(record: PendingRecord): Unconfirmed {
  const { id, device, seq, madeAt, expected, basis, verdict, replaces, attempts, command } = record
  return {
    id,
    device,
    seq,
    madeAt: isoTime(madeAt),
    ...(Object.keys(expected).length === 0 ? {} : { expected, basis }),
    ...(verdict === undefined ? {} : { verdict }),
    replaces: [...replaces],
    attempts,
    ...(command === undefined ? {} : { command }),
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
