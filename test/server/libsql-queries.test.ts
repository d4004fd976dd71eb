import Database from 'libsql'
import { describe, expect, it } from 'vitest'
import { migrate } from '../../server/libsql-schema.ts'
import { LOG_QUERIES } from '../../server/libsql-transaction.ts'

const plans = Object.entries(LOG_QUERIES).filter(([, sql]) => sql.startsWith('SELECT'))

describe('a question to the log of an account', () => {
  it.each(plans)('finds what is asked by an index, however long the log is: %s', (_, sql) => {
    const db = new Database(':memory:')
    migrate(db)
    const names = new Set(sql.match(/\?\d/g) ?? [])
    const count = names.size > 0 ? names.size : sql.split('?').length - 1
    const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Array.from({ length: count }, () => '[]'))
    const details = steps.map((step) => String((step as { detail: unknown }).detail))
    db.close()
    expect(details.length).toBeGreaterThan(0)
    for (const detail of details) {
      if (detail.startsWith('SCAN')) expect(detail).toMatch(/^SCAN (asked|json_each)/)
      else expect(detail, sql).not.toMatch(/\(account=\?\)$/)
    }
  })
})
