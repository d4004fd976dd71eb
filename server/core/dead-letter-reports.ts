import type { DeadLetterReport } from '../../src/sync/wire.ts'

export type ReportedDeadLetter = DeadLetterReport['deadLetters'][number]

/** What devices said about commits that wait for a person. Best effort: nothing depends on a report arriving. */
export interface DeadLetterReports {
  /** The latest report of the same commit by the same device replaces the one before. `now` in ms since 1970. */
  save(account: string, device: string, reports: readonly ReportedDeadLetter[], now: number): Promise<void>
  /** All that is kept of an account, newest first. */
  list(account: string): Promise<readonly KeptDeadLetter[]>
}

export interface KeptDeadLetter {
  readonly device: string
  /** ms since 1970. */
  readonly reportedAt: number
  readonly report: ReportedDeadLetter
}

/** Per account; above it the oldest reports make room. */
export const MAX_REPORTS = 10_000

/** Keeps reports as long as this object lives. */
export class MemoryDeadLetterReports implements DeadLetterReports {
  /** By account, then by device and commit; the newest last. */
  readonly #kept = new Map<string, Map<string, KeptDeadLetter>>()

  async save(account: string, device: string, reports: readonly ReportedDeadLetter[], now: number): Promise<void> {
    const kept = this.#kept.get(account) ?? new Map<string, KeptDeadLetter>()
    this.#kept.set(account, kept)
    for (const report of reports) {
      const key = `${device}/${report.id}`
      kept.delete(key)
      kept.set(key, { device, reportedAt: now, report })
    }
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_REPORTS) break
      kept.delete(oldest)
    }
  }

  async list(account: string): Promise<readonly KeptDeadLetter[]> {
    return [...(this.#kept.get(account)?.values() ?? [])].reverse()
  }
}
