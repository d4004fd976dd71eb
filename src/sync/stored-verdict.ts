import type { PendingRecord } from '../store/records.ts'
import type { WireVerdict } from './wire.ts'

/** What is kept of a verdict with a commit that goes on waiting; undefined where nothing is. */
export function storedVerdict(verdict: WireVerdict, serverDomain: string): PendingRecord['verdict'] {
  switch (verdict.status) {
    case 'accepted':
    case 'duplicate':
      return { status: verdict.status, position: verdict.position }
    case 'held':
      return { status: 'held', behind: verdict.behind }
    case 'deferred':
      return { status: 'deferred', code: verdict.code, serverDomain }
    default:
      return undefined
  }
}
