/** What one exchange carries at most, each way. */
export interface ExchangeLimits {
  /** Commits in a request. */
  readonly commits: number
  /** Bytes of a request's JSON, before compression. */
  readonly bytes: number
  /** Events in an answer, also where the client asks for more. A target: one whole commit is always answered. */
  readonly pageEvents: number
  /** UTF-16 units of JSON in an answer's events. A target like `pageEvents`. */
  readonly pageUnits: number
  /** Older marks that a client may show after `log-diverged`. */
  readonly marks: number
}

export const EXCHANGE_LIMITS: ExchangeLimits = {
  commits: 500,
  bytes: 4 * 1024 * 1024,
  pageEvents: 5_000,
  pageUnits: 1024 * 1024,
  marks: 64,
}
