/** How sync stands, for the screen. */
export interface SyncStatus {
  readonly state:
    | 'local' // this store does not sync
    | 'idle' // everything is there
    | 'syncing'
    | 'offline' // the server cannot be reached; it is tried again by itself
    | 'backoff' // the server answered that it cannot now; it is tried again by itself
    | 'paused' // told to
    | 'auth-required'
    | 'forbidden'
    | 'update-required'
  /** Commits that are stored here only, dead letters not counted. */
  readonly pending: number
  /** ISO 8601; when the oldest of them was made. */
  readonly oldestPending: string | undefined
  /** ISO 8601; the last time the server answered and the answer was applied. */
  readonly lastSuccess: string | undefined
  /** ISO 8601; when it is tried again, if it waits. */
  readonly nextAttempt: string | undefined
  /** Dead letters that wait for a person. */
  readonly needsAttention: number
  /** Why the last exchange failed: a code and a sentence. */
  readonly problem: { readonly code: string; readonly message: string } | undefined
  /** Whether this tab is the one that talks to the server. */
  readonly leader: boolean
}
