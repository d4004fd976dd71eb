import type { DeadLetter, DeadLetterStats } from '../dead-letter/dead-letter.ts'
import { deadLetterStats } from '../dead-letter/dead-letter-stats.ts'
import type { MetricsReport } from '../metrics/metrics.ts'
import type { UnreadableEvents } from '../projection/unreadable-events.ts'
import type { EventStore } from '../store/event-store.ts'
import { LAYOUT_VERSION } from '../store/records.ts'
import type { SyncStatus } from '../sync/sync-status.ts'
import { PROTOCOL_VERSION } from '../sync/wire.ts'
import { VERSION } from '../version.ts'
import type { Alert } from './alerts.ts'
import type { EngineHealth, Health } from './health.ts'
import { codeOnly, type PastProblem } from './problem-history.ts'

/**
 * How a store stands, to be sent to whoever supports the app. Versions, counts, times and codes only: no payload, no token, no message, no id, and no name of a
 * person, account, stream or store. Names of projections, handlers and event types, which the app has given, are in it.
 */
export interface SupportBundle {
  readonly kind: 'larder-support-bundle'
  readonly version: 1
  /** ISO 8601. */
  readonly time: string
  readonly versions: {
    readonly larder: string
    /** Of the sync protocol. */
    readonly protocol: number
    /** Of the stored records. */
    readonly layout: number
    /** The app's. */
    readonly domain: string
    /** What the server said that it has; undefined before its first answer. */
    readonly serverDomain: string | undefined
  }
  readonly storage: Health['storage']
  readonly log: {
    readonly authority: 'local' | 'server'
    /** Events that are confirmed here. */
    readonly head: number
    /** Position up to which was pulled. */
    readonly pulledTo: number
    /** Commits by what the server has said of them: `unsent`, `accepted`, `duplicate`, `held`, `deferred`. */
    readonly pending: Readonly<Record<string, number>>
  }
  /** As in `sync.status$`, with the code of the problem alone. */
  readonly sync: Omit<SyncStatus, 'problem'> & { readonly problem: string | undefined }
  readonly stalled: { readonly since: string; readonly reason: string } | undefined
  /** The last 50 failures of sync that this tab knows of, oldest first. */
  readonly problems: readonly PastProblem[]
  readonly deadLetters: DeadLetterStats
  readonly projections: {
    readonly faulted: readonly string[]
    readonly skipped: readonly { readonly projection: string; readonly count: number }[]
    readonly parked: readonly { readonly projection: string; readonly count: number }[]
    readonly unreadable: readonly UnreadableEvents[]
  }
  /** Number of records that were found damaged. */
  readonly damaged: number
  readonly alerts: readonly Alert[]
  readonly metrics: MetricsReport
}

export interface SupportFacts {
  readonly now: number
  readonly domain: string
  readonly known: EventStore['known']
  readonly status: SyncStatus
  readonly health: EngineHealth
  readonly letters: readonly DeadLetter[]
  readonly problems: readonly PastProblem[]
  readonly metrics: MetricsReport
}

/** What the engine knows of it. */
export type EngineSupport = Omit<SupportBundle, 'storage'> & Pick<EngineHealth, 'storage'>

/** All but what only the page's browser knows. Field by field: what is added elsewhere does not get in here by itself. */
export function describeSupport(facts: SupportFacts): EngineSupport {
  const { now, domain, known, status, health, letters, problems, metrics } = facts
  const { state, pending, oldestPending, lastSuccess, nextAttempt, needsAttention, problem, leader } = status
  const { total, byReason, byKind, oldest, retryReady } = deadLetterStats(letters, now)
  const { storage, stalled, faulted, skipped, parked, unreadable, damaged, alerts } = health
  return {
    kind: 'larder-support-bundle',
    version: 1,
    time: new Date(now).toISOString(),
    versions: {
      larder: VERSION,
      protocol: PROTOCOL_VERSION,
      layout: LAYOUT_VERSION,
      domain,
      serverDomain: known.meta.serverDomain && versionOnly(known.meta.serverDomain),
    },
    storage,
    log: {
      authority: known.meta.authority === 'local' ? 'local' : 'server',
      head: known.head,
      pulledTo: known.meta.cursor?.position ?? 0,
      pending: countBy(known.pending.records.map(({ verdict }) => verdict?.status ?? 'unsent')),
    },
    sync: {
      ...{ state, pending, oldestPending, lastSuccess, nextAttempt, needsAttention, leader },
      problem: problem && codeOnly(problem.code),
    },
    stalled: stalled && { since: stalled.since, reason: codeOnly(stalled.reason) },
    problems,
    deadLetters: { total, byReason: withCodesOnly(byReason), byKind, oldest, retryReady },
    projections: {
      faulted: faulted.map(({ projection }) => projection),
      skipped: skipped.map(({ projection, count }) => ({ projection, count })),
      parked: parked.map(({ projection, count }) => ({ projection, count })),
      unreadable: unreadable.map(({ type, reason, count }) => ({ type, reason, count })),
    },
    damaged: damaged.length,
    alerts,
    metrics,
  }
}

function withCodesOnly(counts: Readonly<Record<string, number>>): Record<string, number> {
  const result: Record<string, number> = {}
  for (const [code, count] of Object.entries(counts)) result[codeOnly(code)] = (result[codeOnly(code)] ?? 0) + count
  return result
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** A server may call its version anything; what does not look like one is not passed on. */
function versionOnly(text: string): string {
  return /^[A-Za-z0-9][\w .+-]{0,63}$/.test(text) ? text : 'other'
}
