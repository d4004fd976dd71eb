import type { Observable } from 'rxjs'
import type { SyncStatus } from '../sync/sync-status.ts'

/** How the store gets on with its server, and what steers that. */
export interface LarderSync {
  readonly status$: Observable<SyncStatus>
  /** Exchanges now, whatever the backoff; resolves when the exchange ended, well or not. */
  now(): Promise<void>
  /** Sends and asks for nothing until `resume`, in every tab and after a reload too. */
  pause(): Promise<void>
  /** Goes on, whatever it was paused for: told to, signed out, refused. */
  resume(): Promise<void>
}
