import type Database from 'libsql'
import { LarderError } from '../src/errors.ts'
import { integer } from './libsql-row.ts'

/**
 * One step per schema version, each applied in its own transaction together with its number. A step that was released is never changed.
 *
 * Every key starts with the account, so that no query can cross from one to another. What the protocol promises is held by unique
 * indexes and not by code alone: (account, commit id), (account, event id), (account, device, seq), and dense positions as primary keys.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE accounts (
    account INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    epoch TEXT NOT NULL,
    head INTEGER NOT NULL,
    mark TEXT NOT NULL
  ) STRICT;

  CREATE TABLE commits (
    account INTEGER NOT NULL,
    position INTEGER NOT NULL,
    events INTEGER NOT NULL,
    units INTEGER NOT NULL,
    id TEXT NOT NULL,
    device TEXT NOT NULL,
    seq INTEGER NOT NULL,
    received_at TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    mark TEXT NOT NULL,
    PRIMARY KEY (account, position)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX commit_ids ON commits (account, id);
  CREATE UNIQUE INDEX commit_seqs ON commits (account, device, seq);

  CREATE TABLE events (
    account INTEGER NOT NULL,
    position INTEGER NOT NULL,
    commit_position INTEGER NOT NULL,
    id TEXT NOT NULL,
    stream TEXT NOT NULL,
    stream_version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, position)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX event_ids ON events (account, id);
  CREATE UNIQUE INDEX event_streams ON events (account, stream, stream_version);

  CREATE TABLE withdrawn (
    account INTEGER NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (account, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE dead_letters (
    account INTEGER NOT NULL,
    device TEXT NOT NULL,
    id TEXT NOT NULL,
    reported_at INTEGER NOT NULL,
    report TEXT NOT NULL,
    PRIMARY KEY (account, device, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX dead_letters_by_age ON dead_letters (account, reported_at);
  `,
]

/**
 * Brings a database file to the current schema.
 *
 * @throws LarderError `schema-too-new` when a newer Larder has written it
 */
export function migrate(db: Database.Database): void {
  const stored = integer(db.prepare('PRAGMA user_version').get(), 'user_version')
  if (stored > MIGRATIONS.length) {
    throw new LarderError(
      'schema-too-new',
      `The database has schema version ${stored}, and this server knows ${MIGRATIONS.length}: run the newer version of the server`,
      { details: { stored, supported: MIGRATIONS.length } },
    )
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < stored) continue
    db.exec('BEGIN IMMEDIATE')
    try {
      db.exec(sql)
      db.exec(`PRAGMA user_version = ${index + 1}`)
      db.exec('COMMIT')
    } catch (error) {
      db.exec('ROLLBACK')
      throw error
    }
  }
}
