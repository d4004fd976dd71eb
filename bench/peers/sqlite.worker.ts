import sqlite3InitModule, { type OpfsSAHPoolDatabase, type PreparedStatement } from '@sqlite.org/sqlite-wasm'
import { expose } from 'comlink'
import type { EventRow } from '../page/engine.ts'
import type { MealData } from '../page/meals.ts'
import { DailyTotals, type Totals } from '../page/totals.ts'

/** WAL on OPFS needs the exclusive lock first; a commit waits for the disk. */
const SETUP = `
  PRAGMA locking_mode = exclusive;
  PRAGMA journal_mode = wal;
  PRAGMA synchronous = full;
  CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY, id TEXT, commit_id TEXT, stream TEXT, type TEXT, version INTEGER, time TEXT, data TEXT, metadata TEXT
  );
  CREATE INDEX IF NOT EXISTS by_commit ON events (commit_id);
  CREATE INDEX IF NOT EXISTS by_stream ON events (stream);
  CREATE INDEX IF NOT EXISTS by_type ON events (type);
  CREATE INDEX IF NOT EXISTS by_time ON events (time);
`
const INSERT =
  'INSERT INTO events (id, commit_id, stream, type, version, time, data, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?)'

let database: OpfsSAHPoolDatabase | undefined
let insert: PreparedStatement | undefined

function opened(): OpfsSAHPoolDatabase {
  if (database === undefined) throw new Error('The database is not open')
  return database
}

function select(sql: string, bind?: readonly string[]): MealData[] {
  const texts = opened().selectValues(sql, bind === undefined ? undefined : [...bind])
  return texts.map((text) => JSON.parse(String(text)))
}

function totals(meals: readonly MealData[], day: string): Totals {
  const days = new DailyTotals()
  for (const meal of meals) days.add(meal)
  return days.of(day)
}

const api = {
  async open(): Promise<void> {
    const sqlite3 = await sqlite3InitModule()
    const pool = await sqlite3.installOpfsSAHPoolVfs({})
    database = new pool.OpfsSAHPoolDb('/bench.sqlite')
    database.exec(SETUP)
    insert = database.prepare(INSERT)
  },

  append(rows: readonly EventRow[]): void {
    const statement = insert
    if (statement === undefined) throw new Error('The database is not open')
    opened().transaction(() => {
      for (const { id, commitId, stream, type, version, time, data, metadata } of rows) {
        statement.bind([id, commitId, stream, type, version, time, JSON.stringify(data), JSON.stringify(metadata)])
        statement.stepReset()
      }
    })
  },

  readAll: (): MealData[] => select('SELECT data FROM events'),
  replay: (day: string): Totals => totals(select('SELECT data FROM events ORDER BY position'), day),
  totalsOf: (day: string): Totals =>
    totals(select('SELECT data FROM events WHERE time >= ? AND time < ?', [day, `${day}~`]), day),
  readStream: (stream: string): MealData[] =>
    select('SELECT data FROM events WHERE stream = ? ORDER BY position', [stream]),

  close(): void {
    insert?.finalize()
    database?.close()
  },
}

export type SqliteApi = typeof api
expose(api)
