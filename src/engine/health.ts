import type { LarderErrorCode } from '../errors.ts'
import type { Projector } from '../projection/projector.ts'
import type { UnreadableEvents } from '../projection/unreadable-events.ts'
import type { EventStore } from '../store/event-store.ts'
import type { StorageWatch } from '../store/storage-watch.ts'
import type { SyncStatus } from '../sync/sync-status.ts'
import { VERSION } from '../version.ts'
import type { Alert } from './alerts.ts'
import { describeStall, type Stall } from './describe-stall.ts'

/** How a store stands on this device. */
export interface Health {
  readonly storage: {
    readonly mode: 'indexeddb' | 'memory' | 'custom'
    /**
     * `'degraded'`: the storage is gone, or does not answer. What is to be stored rejects; nothing is kept in memory in its place. It is tried again by itself,
     * after 1 s at first and every 30 s at last, and each call tries it too: it is `'ready'` as soon as one succeeds, without a reload.
     */
    readonly state: 'ready' | 'degraded'
    /** Why it is degraded, and since when, ISO 8601. */
    readonly problem: { readonly code: LarderErrorCode; readonly since: string } | undefined
    /** Whether the browser keeps this origin's data when the device runs full. */
    readonly persisted: boolean | 'unknown'
    /** What the whole origin uses and may use, as the browser estimates it. Read again while things change, at most every 10 s. */
    readonly usageBytes: number | undefined
    readonly quotaBytes: number | undefined
  }
  /** Commits that are stored on this device only, and are lost with it. Dead letters are not counted: see `deadLetters.stats()`. */
  readonly unsynced: {
    readonly count: number
    /** ISO 8601; when the oldest of them was made. */
    readonly oldest: string | undefined
  }
  /** Set when commits wait and for two minutes nothing has got on: since when, and why. A device that is offline is one of the reasons. */
  readonly stalled: Stall | undefined
  /** Why the last exchange with the server failed, also where it is not understood: a code and a sentence. Undefined after a success. */
  readonly problem: SyncStatus['problem']
  /** Whether this tab is the one that talks to the server. */
  readonly leader: boolean
  readonly versions: {
    readonly larder: string
    /** The app's domain. */
    readonly domain: string
    /** The domain that the server said last; undefined before its first answer. */
    readonly serverDomain: string | undefined
  }
  /** Of those that are looked at: projections that stopped at an event whose `key` or `evolve` threw. */
  readonly faulted: readonly { readonly projection: string; readonly eventId: string; readonly message: string }[]
  /** Events that a projection with `onFault: 'skip'` has left out, because its functions threw. */
  readonly skipped: readonly {
    readonly projection: string
    readonly count: number
    /** The first 100. */
    readonly events: readonly { readonly eventId: string; readonly message: string }[]
  }[]
  /** Keys of a projection with `onFault: 'park'` that stopped, each at the event that stopped it. */
  readonly parked: readonly {
    readonly projection: string
    readonly count: number
    /** The first 100. */
    readonly keys: readonly { readonly key: string; readonly eventId: string; readonly message: string }[]
  }[]
  /**
   * Events that these definitions cannot read, of those that the projections in use have met: an app that is behind shows what of it waits for its
   * update. They are in the log as they were written, and are folded when an update can read them.
   */
  readonly unreadable: readonly UnreadableEvents[]
  /**
   * Parts of the log that were found damaged or missing, now or earlier, and not replaced yet; the others are read all the same. `verify()` looks at all.
   */
  readonly damaged: readonly { readonly id: string; readonly reason: string }[]
  /** What somebody should look at: see `openLarder({ alerts, deadLetters })`. */
  readonly alerts: readonly Alert[]
}

/** What the engine knows of it; the rest is the page's to ask. */
export type EngineHealth = Omit<Health, 'storage'> & {
  readonly storage: Pick<Health['storage'], 'mode' | 'state' | 'problem'>
}

export interface EngineFacts {
  readonly storage: Pick<StorageWatch, 'mode' | 'problem'>
  readonly alerts: readonly Alert[]
  readonly isStalled: boolean
  /** Version of the app's domain. */
  readonly domain: string
}

export function describeHealth(
  projector: Projector,
  store: EventStore,
  status: SyncStatus,
  { storage: { mode, problem }, alerts, isStalled, domain }: EngineFacts,
): EngineHealth {
  return {
    storage: {
      mode,
      state: problem === undefined ? 'ready' : 'degraded',
      problem: problem && { code: problem.code, since: new Date(problem.since).toISOString() },
    },
    unsynced: { count: status.pending, oldest: status.oldestPending },
    stalled: isStalled ? describeStall(status, store.known) : undefined,
    problem: status.problem,
    leader: status.leader,
    versions: { larder: VERSION, domain, serverDomain: store.known.meta.serverDomain },
    skipped: skippedBy(projector),
    parked: parkedBy(projector),
    faulted: projector
      .faults()
      .map(({ projection, fault }) => ({ projection, eventId: fault.eventId, message: fault.message })),
    unreadable: projector.unreadable(),
    alerts,
    damaged: store.damages.all.map(({ id, reason }) => ({ id, reason })),
  }
}

/** Another text with every change of what is at fault, and where a checkpoint says that something could not be read. */
export function faultRevision({ live }: Projector): string {
  return [...live]
    .flatMap(
      ([
        name,
        {
          states: { faultRevision, unreadable },
        },
      ]) => (faultRevision + unreadable.all.length === 0 ? [] : `${name} ${faultRevision} ${unreadable.all.length}`),
    )
    .join()
}

const LISTED = 100

function skippedBy({ live }: Projector): Health['skipped'] {
  return [...live].flatMap(([projection, { states }]) => {
    const count = states.faults.reduce((sum, { skipped }) => sum + skipped, 0)
    const events = states.faults.flatMap(({ listed }) => listed).slice(0, LISTED)
    return count === 0 ? [] : [{ projection, count, events }]
  })
}

function parkedBy({ live }: Projector): Health['parked'] {
  return [...live].flatMap(([projection, { states }]) => {
    const parked = states.faults.flatMap((layer) => [...layer.parked])
    const keys = parked.slice(0, LISTED).map(([key, { eventId, message }]) => ({ key, eventId, message }))
    return parked.length === 0 ? [] : [{ projection, count: parked.length, keys }]
  })
}
