import { from, map, type Observable, switchMap } from 'rxjs'
import type { Health } from '../engine/health.ts'
import type { Told } from '../protocol/worker-api.ts'

/** What only the page's browser knows of the storage. */
export interface StorageFacts {
  persist(): Promise<boolean>
  /** `unknown` and undefined where the browser does not say; never rejects. */
  read(): Promise<{ persisted: boolean | 'unknown'; usageBytes: number | undefined; quotaBytes: number | undefined }>
}

export function createHealth(engine$: Observable<Told['health']>, storage: StorageFacts): Observable<Health> {
  return engine$.pipe(
    switchMap(({ faulted, mode }) =>
      from(storage.read()).pipe(map((facts) => ({ storage: { mode, ...facts }, faulted }))),
    ),
  )
}
