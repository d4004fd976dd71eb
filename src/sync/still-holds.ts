import type { MetaRecord } from '../store/records.ts'
import type { ExchangeBasis } from './build-request.ts'

/** Whether the log is still the one that a request was made from: only then its answer counts. */
export function stillHolds(meta: MetaRecord, basis: ExchangeBasis): boolean {
  const sameCursor = meta.cursor?.position === basis.cursor?.position && meta.cursor?.mark === basis.cursor?.mark
  return meta.authority === basis.authority && meta.term === basis.term && sameCursor && meta.device === basis.device
}
