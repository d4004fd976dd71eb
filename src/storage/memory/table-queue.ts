import type { TableName } from '../../store/records.ts'

interface Entry {
  readonly mode: 'read' | 'write'
  readonly tables: ReadonlySet<TableName>
  readonly start: () => void
  running: boolean
}

/**
 * Who may run now, by the rule of IndexedDB: a transaction starts when no earlier one that is not over shares a table with it, unless both
 * only read. So nobody overtakes, and nobody starves.
 */
export class TableQueue {
  /** Running and waiting ones, in the order in which they came. */
  readonly #entries: Entry[] = []

  /** Waits for the turn; answers the function that ends it. */
  enter(mode: 'read' | 'write', tables: readonly TableName[]): Promise<() => void> {
    return new Promise((resolve) => {
      const leave = (): void => {
        this.#entries.splice(this.#entries.indexOf(entry), 1)
        this.#startThoseThatMay()
      }
      const entry: Entry = { mode, tables: new Set(tables), start: () => resolve(leave), running: false }
      this.#entries.push(entry)
      this.#startThoseThatMay()
    })
  }

  #startThoseThatMay(): void {
    for (const [index, entry] of this.#entries.entries()) {
      if (entry.running || this.#entries.slice(0, index).some((earlier) => conflict(earlier, entry))) continue
      entry.running = true
      entry.start()
    }
  }
}

function conflict(a: Entry, b: Entry): boolean {
  if (a.mode === 'read' && b.mode === 'read') return false
  for (const table of a.tables) if (b.tables.has(table)) return true
  return false
}
