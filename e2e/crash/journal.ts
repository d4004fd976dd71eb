import { type Acknowledged, type Comparison, compareStore, nameOf } from './compare.ts'
import { type FoundEvent, IMPORT_BATCH, type Report, type StoreName, stores } from './notes.ts'

/** What was told to the harness, kept outside the browser: no kill of the browser takes anything of it away. */
export class Journal {
  /** Appends that were refused, and pages that said something else than they should. */
  readonly problems: string[] = []
  readonly #acknowledged = new Map<StoreName, Map<string, Acknowledged>>(stores.map((store) => [store, new Map()]))
  readonly #lost = new Set<string>()
  readonly #torn = new Set<string>()
  /** By tab. */
  readonly #begun = new Map<number, number>()
  #answered = 0
  #imported = 0

  /** Begins the count of what one start of the browser has in flight. */
  beginRun(): void {
    this.#begun.clear()
    this.#answered = 0
    this.#imported = 0
  }

  /** Appends of this run that were begun and not acknowledged, as far as the harness was told. */
  get inFlight(): number {
    return [...this.#begun.values()].reduce((sum, begun) => sum + begun, 0) - this.#answered
  }

  /** Batches of the import that this run said are stored, those of earlier runs included. */
  get importedInRun(): number {
    return this.#imported
  }

  /** Appends of this run whose acknowledgement reached the harness. */
  get acknowledgedInRun(): number {
    return this.#answered
  }

  get acknowledged(): number {
    return [...this.#acknowledged.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** Acknowledged commits that were missing at any reopening. */
  get lost(): number {
    return this.#lost.size
  }

  get torn(): number {
    return this.#torn.size
  }

  receive(text: string): void {
    const report: Report = JSON.parse(text)
    if (report.kind === 'failed') {
      this.problems.push(`An append was refused: ${report.problem}`)
      return
    }
    if (report.kind === 'imported') {
      const batch = { run: 0, call: report.call, size: IMPORT_BATCH, commitId: undefined }
      this.#acknowledged.get(report.store)?.set(nameOf(report.store, batch), batch)
      this.#imported++
      return
    }
    this.#begun.set(report.tab, Math.max(this.#begun.get(report.tab) ?? 0, report.begun))
    if (report.kind === 'begun') return
    this.#answered++
    this.#acknowledged.get(report.store)?.set(nameOf(report.store, report), report)
  }

  /** Compares all that a store holds with all that it has ever acknowledged. */
  check(store: StoreName, found: readonly FoundEvent[]): Comparison {
    const comparison = compareStore(store, found, this.#acknowledged.get(store) ?? new Map())
    for (const name of comparison.lost) this.#lost.add(name)
    for (const name of comparison.torn) this.#torn.add(name)
    return comparison
  }
}
