import type Database from 'libsql'
import { LarderError } from '../src/errors.ts'
import { FIRST_MARK, nextMark } from './core/fingerprint.ts'
import {
  type CommitEntry,
  type CommitToAppend,
  type LogCommit,
  type LogPoint,
  type LogTransaction,
  type PageBounds,
  sizeOfEvents,
  withinBounds,
} from './core/server-log.ts'
import { integer, text } from './libsql-row.ts'

/**
 * Ids are given as one JSON array: asking for each by itself takes longer than what is asked. The array stands first in a CROSS JOIN, which SQLite does not turn round: with
 * `IN (…)` it reads the whole account instead of its index.
 */
export const LOG_QUERIES = {
  account: 'SELECT account, epoch, head, mark FROM accounts WHERE name = ?',
  addAccount: "INSERT INTO accounts (name, epoch, head, mark) VALUES (?, ?, 0, '')",
  moveHead: 'UPDATE accounts SET head = ?, mark = ? WHERE account = ?',
  commitUpTo:
    'SELECT position, events, mark FROM commits WHERE account = ? AND position <= ? ORDER BY position DESC LIMIT 1',
  commitsById:
    'SELECT commits.id AS id, position, body_hash FROM json_each(?2) AS asked CROSS JOIN commits ON account = ?1 AND commits.id = asked.value',
  commitsBySeq:
    'SELECT commits.id AS id, seq FROM json_each(?3) AS asked CROSS JOIN commits ON account = ?1 AND device = ?2 AND seq = asked.value',
  commitsAfter:
    'SELECT id, device, seq, position, events, units, received_at, mark FROM commits WHERE account = ? AND position > ? ORDER BY position LIMIT ?',
  addCommit:
    'INSERT INTO commits (account, position, events, units, id, device, seq, received_at, body_hash, mark) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  ownersOfEvents:
    'SELECT events.id AS id, commits.id AS owner FROM json_each(?2) AS asked CROSS JOIN events ON events.account = ?1 AND events.id = asked.value CROSS JOIN commits ON commits.account = events.account AND commits.position = events.commit_position',
  addEvent:
    'INSERT INTO events (account, position, commit_position, id, stream, stream_version, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
  bodies: 'SELECT body FROM events WHERE account = ? AND position BETWEEN ? AND ? ORDER BY position',
  streamVersion:
    'SELECT stream_version FROM events WHERE account = ? AND stream = ? ORDER BY stream_version DESC LIMIT 1',
  stream:
    'SELECT body FROM events WHERE account = ? AND stream = ? AND stream_version > ? ORDER BY stream_version LIMIT ?',
  withdrawn:
    'SELECT withdrawn.id AS id FROM json_each(?2) AS asked CROSS JOIN withdrawn ON account = ?1 AND withdrawn.id = asked.value',
  withdraw: 'INSERT INTO withdrawn (account, id) VALUES (?, ?) ON CONFLICT DO NOTHING',
} as const

export type LogStatements = { readonly [K in keyof typeof LOG_QUERIES]: Database.Statement }

export function prepareLogStatements(db: Database.Database): LogStatements {
  const prepared = Object.entries(LOG_QUERIES).map(([name, sql]) => [name, db.prepare(sql)])
  return Object.fromEntries(prepared)
}

/** The row of an account, made when it is first seen. */
export function accountRow(statements: LogStatements, name: string, newEpoch: () => string): unknown {
  const row = statements.account.get(name)
  if (row !== undefined) return row
  statements.addAccount.run(name, newEpoch())
  return statements.account.get(name)
}

/** Works within the transaction that is open on the connection. */
export class LibsqlTransaction implements LogTransaction {
  readonly epoch: string
  readonly #account: number
  readonly #open: LogStatements
  #head: LogPoint
  #moved = false
  #ended = false
  /** Of the streams that were asked for or appended to: most commits of a request go on where the one before ended. */
  readonly #versions = new Map<string, number>()

  constructor(statements: LogStatements, account: unknown) {
    this.#open = statements
    this.#account = integer(account, 'account')
    this.epoch = text(account, 'epoch')
    this.#head = { position: integer(account, 'head'), mark: text(account, 'mark') }
  }

  /** Writes what was kept back for the end of the transaction. */
  finish(): void {
    if (this.#moved) this.#sql.moveHead.run(this.#head.position, this.#head.mark, this.#account)
  }

  /** From here on every use rejects: whoever kept this must not reach into the next transaction. */
  end(): void {
    this.#ended = true
  }

  get #sql(): LogStatements {
    if (this.#ended)
      throw new LarderError('closed', 'This transaction has ended: do all of its work before it resolves', {})
    return this.#open
  }

  async head(): Promise<LogPoint> {
    return this.#head
  }

  async markAt(position: number): Promise<string | undefined> {
    if (position === 0) return FIRST_MARK
    const row = this.#sql.commitUpTo.get(this.#account, position)
    if (row === undefined) return undefined
    return integer(row, 'position') + integer(row, 'events') - 1 === position ? text(row, 'mark') : undefined
  }

  async commits(ids: readonly string[]): Promise<ReadonlyMap<string, CommitEntry>> {
    return this.#pick(ids, this.#sql.commitsById, (row) => ({
      position: integer(row, 'position'),
      bodyHash: text(row, 'body_hash'),
    }))
  }

  async withdrawn(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(this.#pick(ids, this.#sql.withdrawn, () => true).keys())
  }

  async eventOwners(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#pick(ids, this.#sql.ownersOfEvents, (row) => text(row, 'owner'))
  }

  async seqOwners(device: string, seqs: readonly number[]): Promise<ReadonlyMap<number, string>> {
    if (seqs.length === 0) return new Map()
    const rows = this.#sql.commitsBySeq.all(this.#account, device, JSON.stringify(seqs))
    return new Map(rows.map((row): [number, string] => [integer(row, 'seq'), text(row, 'id')]))
  }

  async streamVersion(stream: string): Promise<number> {
    const sql = this.#sql
    const known = this.#versions.get(stream)
    if (known !== undefined) return known
    const row = sql.streamVersion.get(this.#account, stream)
    const version = row === undefined ? 0 : integer(row, 'stream_version')
    this.#versions.set(stream, version)
    return version
  }

  async append(commit: CommitToAppend): Promise<number> {
    const { id, device, seq, receivedAt, bodyHash, events } = commit
    const sql = this.#sql
    const first = this.#head.position + 1
    const mark = nextMark(this.#head.mark, id)
    const { units } = sizeOfEvents(events.map((event) => event.text))
    sql.addCommit.run(this.#account, first, events.length, units, id, device, seq, receivedAt, bodyHash, mark)
    for (const [index, event] of events.entries()) {
      const version = (await this.streamVersion(event.stream)) + 1
      this.#versions.set(event.stream, version)
      sql.addEvent.run(this.#account, first + index, first, event.id, event.stream, version, event.text)
    }
    this.#head = { position: first + events.length - 1, mark }
    this.#moved = true
    return first
  }

  async withdraw(ids: readonly string[]): Promise<void> {
    const statement = this.#sql.withdraw
    for (const id of ids) statement.run(this.#account, id)
  }

  async read(after: number, bounds: PageBounds): Promise<readonly LogCommit[]> {
    const sql = this.#sql
    const rows = withinBounds(sql.commitsAfter.all(this.#account, after, bounds.events), bounds, (row) => ({
      events: integer(row, 'events'),
      units: integer(row, 'units'),
    }))
    const [first, last] = [rows.at(0), rows.at(-1)]
    if (first === undefined || last === undefined) return []
    const from = integer(first, 'position')
    const bodies = sql.bodies.all(this.#account, from, integer(last, 'position') + integer(last, 'events') - 1)
    return rows.map((row) => {
      const position = integer(row, 'position')
      const own = bodies.slice(position - from, position - from + integer(row, 'events'))
      return {
        id: text(row, 'id'),
        device: text(row, 'device'),
        seq: integer(row, 'seq'),
        position,
        receivedAt: text(row, 'received_at'),
        mark: text(row, 'mark'),
        events: own.map((body) => text(body, 'body')),
      }
    })
  }

  async readStream(stream: string, afterVersion: number, limit: number): Promise<readonly string[]> {
    return this.#sql.stream.all(this.#account, stream, afterVersion, limit).map((row) => text(row, 'body'))
  }

  #pick<V>(ids: readonly string[], statement: Database.Statement, read: (row: unknown) => V): ReadonlyMap<string, V> {
    if (ids.length === 0) return new Map()
    return new Map(
      statement.all(this.#account, JSON.stringify(ids)).map((row): [string, V] => [text(row, 'id'), read(row)]),
    )
  }
}
