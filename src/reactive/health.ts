import {
  combineLatest,
  defer,
  endWith,
  filter,
  ignoreElements,
  map,
  merge,
  type Observable,
  share,
  switchMap,
  takeUntil,
  tap,
} from 'rxjs'
import type { Health } from '../engine/health.ts'
import type { Clock } from '../platform/ports.ts'
import type { Told } from '../protocol/worker-api.ts'

/** What only the page's browser knows of the storage. */
export interface StorageFacts {
  persist(): Promise<boolean | 'unknown'>
  /** `unknown` and undefined where the browser does not say; never rejects. */
  read(): Promise<{ persisted: boolean | 'unknown'; usageBytes: number | undefined; quotaBytes: number | undefined }>
}

/** An estimate costs the browser more than an append. */
const READ_EVERY_MS = 10_000

/** @param asked$ the browser's word may be another from now on */
export function createHealth(
  engine$: Observable<Told['health']>,
  { storage, clock, asked$ }: { storage: StorageFacts; clock: Clock; asked$: Observable<void> },
): Observable<Health> {
  return defer(() => {
    let readAt = Number.NEGATIVE_INFINITY
    const told$ = engine$.pipe(share())
    const changed$ = told$.pipe(filter(() => clock.monotonic() - readAt >= READ_EVERY_MS))
    const ended$ = told$.pipe(ignoreElements(), endWith(undefined))
    const facts$ = merge(changed$, asked$.pipe(takeUntil(ended$))).pipe(
      tap(() => {
        readAt = clock.monotonic()
      }),
      switchMap(() => storage.read()),
    )
    return combineLatest([facts$, told$])
  }).pipe(map(([facts, told]) => ({ ...told, storage: { ...told.storage, ...facts } })))
}
