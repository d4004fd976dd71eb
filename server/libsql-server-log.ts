import Database from 'libsql'
import { argumentError, LarderError } from '../src/errors.ts'
import { firstBrokenCharacter } from '../src/event/check-text.ts'
import { systemClock } from '../src/platform/system-clock.ts'
import { createUuidIds } from '../src/platform/uuid-ids.ts'
import { reportedDeadLetter } from '../src/sync/wire.ts'
import {
  type DeadLetterReports,
  type KeptDeadLetter,
  MAX_REPORTS,
  type ReportedDeadLetter,
} from './core/dead-letter-reports.ts'
import type { LogTransaction, ServerLog } from './core/server-log.ts'
import { integer, text } from './libsql-row.ts'
import { migrate } from './libsql-schema.ts'
import { accountRow, LibsqlTransaction, type LogStatements, prepareLogStatements } from './libsql-transaction.ts'

export interface LibsqlServerLogOptions {
  /** Path of the database file; made if it does not exist, its folder is not. `-wal` and `-shm` lie beside it and belong to it. */
  file: string
  /** Makes the identity of each new account's log: any text that was never used before. Default: a UUID. */
  newEpoch?: () => string
  /** How long to wait, in ms, while another process writes. The event loop stands still meanwhile. Default 2,000. */
  busyTimeoutMs?: number
}

/**
 * Opens a log in one file: SQLite by way of libsql, with a write-ahead log that is synced at every commit. What was acknowledged survives
 * the death of the process and a power cut, as far as the disk keeps its word.
 *
 * Transactions of one process run one after the other, whatever the account, because they share a connection.
 *
 * @throws LarderError `schema-too-new`, `storage-unavailable` when the file cannot be opened
 */
export function openLibsqlServerLog(options: LibsqlServerLogOptions): LibsqlServerLog {
  const { file, newEpoch = newUuid, busyTimeoutMs = 2_000 } = options
  let db: Database.Database | undefined
  try {
    db = new Database(file)
    db.exec(`PRAGMA busy_timeout = ${Math.max(0, Math.floor(busyTimeoutMs))}`)
    db.exec('PRAGMA journal_mode = WAL')
    db.exec('PRAGMA synchronous = FULL')
    migrate(db)
    return new LibsqlServerLog(db, newEpoch)
  } catch (error) {
    db?.close()
    if (error instanceof LarderError) throw error
    throw new LarderError(
      'storage-unavailable',
      'The server log cannot be opened: check that the path exists and can be written',
      {
        cause: error,
      },
    )
  }
}

function newUuid(): string {
  return createUuidIds(() => systemClock.now()).next()
}

export class LibsqlServerLog implements ServerLog, DeadLetterReports {
  readonly #db: Database.Database
  readonly #newEpoch: () => string
  readonly #log: LogStatements
  readonly #reports: ReportStatements
  /** Settles when the newest transaction has ended, well or not. */
  #last: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined

  /** Use {@link openLibsqlServerLog}. */
  constructor(db: Database.Database, newEpoch: () => string) {
    this.#db = db
    this.#newEpoch = newEpoch
    this.#log = prepareLogStatements(db)
    this.#reports = prepareReportStatements(db)
  }

  transact<T>(account: string, work: (log: LogTransaction) => Promise<T>): Promise<T> {
    return this.#write(account, async (row) => {
      const transaction = new LibsqlTransaction(this.#log, row)
      try {
        const result = await work(transaction)
        transaction.finish()
        return result
      } finally {
        transaction.end()
      }
    })
  }

  save(account: string, device: string, reports: readonly ReportedDeadLetter[], now: number): Promise<void> {
    return this.#write(account, async (row) => {
      const id = integer(row, 'account')
      for (const report of reports) this.#reports.save.run(id, device, report.id, now, JSON.stringify(report))
      this.#reports.trim.run(id, id, MAX_REPORTS)
    })
  }

  list(account: string): Promise<readonly KeptDeadLetter[]> {
    return this.#write(account, async (row) =>
      this.#reports.list.all(integer(row, 'account')).map((kept) => ({
        device: text(kept, 'device'),
        reportedAt: integer(kept, 'reported_at'),
        report: reportedDeadLetter.parse(JSON.parse(text(kept, 'report'))),
      })),
    )
  }

  close(): Promise<void> {
    this.#closing ??= this.#last.then(() => {
      this.#db.close()
    })
    return this.#closing
  }

  /** One transaction on the only connection, after those that came before. */
  #write<T>(account: string, work: (accountRow: unknown) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined)
      return Promise.reject(new LarderError('closed', 'The server log is closed: open it again', {}))
    // The database would cut the name there, and give one account's log to another.
    if (firstBrokenCharacter(account) !== -1)
      return Promise.reject(argumentError('account', 'An account name holds a character that cannot be stored'))
    const done = this.#last.then(async () => {
      try {
        this.#db.exec('BEGIN IMMEDIATE')
        const result = await work(accountRow(this.#log, account, this.#newEpoch))
        this.#db.exec('COMMIT')
        return result
      } catch (error) {
        if (this.#db.inTransaction) this.#db.exec('ROLLBACK')
        throw storageError(error)
      }
    })
    this.#last = done.catch(() => undefined)
    return done
  }
}

type ReportStatements = ReturnType<typeof prepareReportStatements>

function prepareReportStatements(db: Database.Database) {
  return {
    save: db.prepare(
      'INSERT INTO dead_letters (account, device, id, reported_at, report) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET reported_at = excluded.reported_at, report = excluded.report',
    ),
    trim: db.prepare(
      'DELETE FROM dead_letters WHERE account = ? AND (device, id) IN (SELECT device, id FROM dead_letters WHERE account = ? ORDER BY reported_at DESC LIMIT -1 OFFSET ?)',
    ),
    list: db.prepare(
      'SELECT device, reported_at, report FROM dead_letters WHERE account = ? ORDER BY reported_at DESC',
    ),
  }
}

/** What the database says, as one of ours; what the work itself threw, as it is. */
function storageError(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'SqliteError') return error
  const code = 'code' in error ? String(error.code) : ''
  if (code.startsWith('SQLITE_BUSY')) {
    return new LarderError('storage-unavailable', 'Another process is writing to the server log: try again', {
      cause: error,
    })
  }
  if (code.startsWith('SQLITE_FULL')) {
    return new LarderError(
      'storage-full',
      'The disk of the server log is full: nothing of this transaction was stored',
      {
        cause: error,
        details: { usage: undefined, quota: undefined },
      },
    )
  }
  return new LarderError(
    'storage-failed',
    'The server log could not be read or written: nothing of this transaction was stored',
    {
      cause: error,
    },
  )
}
