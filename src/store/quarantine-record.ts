/**
 * A record that could not be read. It stays here, or where it lay; of what is whole again no more is kept than `NOTE_LIMITS` says, the newest.
 */
export interface QuarantineRecord {
  /** Table and key, as in `confirmed:512`; of an earlier note of the same key that keeps a record, with a number: `confirmed:512#1`. A `#` or `%` of the key itself is escaped. */
  readonly id: string
  readonly table: 'confirmed' | 'pending' | 'deadLetters' | 'discarded' | 'handlers'
  readonly key: number | string
  /** What is wrong with it; says nothing of its contents. */
  readonly reason: string
  /** ms since 1970: when it was found. */
  readonly at: number
  /** Positions that cannot be read; undefined outside of the confirmed zone. */
  readonly range: { readonly first: number; readonly last: number } | undefined
  /** ms since 1970: when the range was pulled again and replaced. */
  readonly repairedAt: number | undefined
  /** The record as it was, where it no longer lies in its table; null where none was left of a part that the log was set back behind. */
  readonly record: unknown
  /** How many older notes were let go for it, of what is whole again. Absent: none, and before that was bounded. */
  readonly dropped?: number
}
