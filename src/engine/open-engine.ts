import type { LetterLimits } from '../dead-letter/letter-limits.ts'
import { argumentError, isLarderError, type LarderErrorCode } from '../errors.ts'
import type { Clock, Platform, Transport } from '../platform/ports.ts'
import type { CheckpointStorage, FirstLook } from '../projection/checkpoint-storage.ts'
import { readCheckpointsAhead } from '../projection/checkpoints-ahead.ts'
import type { Domain } from '../projection/define-domain.ts'
import type { SnapshotStorage } from '../snapshot/snapshot-storage.ts'
import { notAnswered } from '../store/silence.ts'
import type { OpenStorage, StorageBackend } from '../store/storage-backend.ts'
import { within } from '../store/within.ts'
import type { ReportLetters } from '../sync/letter-reports.ts'
import type { Auth } from '../sync/token-source.ts'
import type { AlertThresholds } from './alerts.ts'
import { Engine } from './engine.ts'

/** Longer than a storage takes that has deadlines of its own, and loads what makes a database over a slow network. */
const OPEN_MS = 120_000
const CLOSE_MS = 1000

export interface OpenEngineOptions {
  readonly domain: Domain
  readonly platform: Platform
  readonly name: string
  readonly account: string | undefined
  readonly syncUrl: string | undefined
  readonly auth: Auth | undefined
  readonly maxAttempts: number | undefined
  readonly letterLimits?: LetterLimits
  readonly alerts?: AlertThresholds
  readonly reportLetters?: ReportLetters
  readonly openStorage: OpenStorage
  /** Taken when the storage is not to be had, and only when the app asked for it. */
  readonly fallbackStorage: OpenStorage | undefined
  /** For the checkpoints of a storage that keeps what it is given. */
  readonly openCheckpoints?: ((name: string, mayMake: Promise<void>) => CheckpointStorage & FirstLook) | undefined
  /** For the snapshots, likewise. */
  readonly openSnapshots?: ((name: string) => SnapshotStorage) | undefined
  readonly createTransport: (url: string) => Transport
}

/**
 * Opens the storage that belongs to name and account, and an engine on it.
 *
 * @throws LarderError what the storage and {@link Engine.open} throw; `storage-timeout` where the storage does not answer
 */
export async function openEngine(options: OpenEngineOptions): Promise<Engine> {
  const { domain, platform, name, account, fallbackStorage } = options
  const { clock, ids, logger } = platform
  const usual = placeOf(name, account)
  const opening = inTime(clock, options.openStorage(usual))
  let make = (): void => undefined
  const mayMake = new Promise<void>((resolve) => {
    make = resolve
  })
  // While the log is being opened, which may be refused.
  const stored = options.openCheckpoints?.(usual, mayMake)
  const checkpoints = stored && readCheckpointsAhead(stored, domain, clock)
  let backend: StorageBackend
  try {
    backend = await opening
  } catch (error) {
    // They are of the log that could not be opened.
    checkpoints?.close()
    if (fallbackStorage === undefined || !isLarderError(error) || !WITHOUT_STORAGE.has(error.code)) throw error
    logger.error('engine: storage is not available; memory is used instead, and lost with the tab')
    // A log in memory is this tab's alone, so it gets a place of its own: with the lock of the others, only one of their logs would ever be sent.
    const own = `${usual}/memory/${ids.next()}`
    return fallbackStorage(own).then((memory) => openOn(options, memory, own, undefined))
  }
  // In memory there is nothing to go on from.
  if (backend.mode === 'memory') checkpoints?.close()
  else make()
  // From here on there is a log, and memory would hide what it has.
  return openOn(options, backend, usual, checkpoints)
}

async function openOn(
  options: OpenEngineOptions,
  backend: StorageBackend,
  place: string,
  checkpoints: CheckpointStorage | undefined,
): Promise<Engine> {
  const { domain, platform, name, account, syncUrl, auth, createTransport } = options
  const { maxAttempts, letterLimits, alerts, reportLetters } = options
  const isKept = backend.mode !== 'memory'
  try {
    return await Engine.open({
      domain,
      platform,
      backend,
      place,
      sync: syncUrl === undefined ? undefined : { transport: createTransport(syncUrl), auth },
      checkpoints: isKept ? checkpoints : undefined,
      snapshots: isKept ? options.openSnapshots?.(place) : undefined,
      accounts:
        account === undefined
          ? { open: (of) => options.openStorage(placeOf(name, of)), place: (of) => placeOf(name, of) }
          : undefined,
      ...(maxAttempts === undefined ? {} : { maxAttempts }),
      ...(letterLimits === undefined ? {} : { letterLimits }),
      ...(alerts === undefined ? {} : { alerts }),
      ...(reportLetters === undefined ? {} : { reportLetters }),
    })
  } catch (error) {
    checkpoints?.close()
    // One that has not answered may not end either.
    await within(platform.clock, CLOSE_MS, backend.close())
    throw error
  }
}

async function inTime(clock: Clock, opening: Promise<StorageBackend>): Promise<StorageBackend> {
  const backend = await within(clock, OPEN_MS, opening)
  if (backend !== undefined) return backend
  // What comes after all is nobody's.
  void opening.then((late) => late.close()).catch(() => undefined)
  throw notAnswered(OPEN_MS)
}

/** There is no storage, it does not answer, or the disk is too full to open it. One that is there and not for this app is none of these. */
const WITHOUT_STORAGE: ReadonlySet<LarderErrorCode> = new Set([
  'storage-unavailable',
  'storage-timeout',
  'storage-full',
])

/** One database, channel and lock per account: nothing crosses. */
export function placeOf(name: string, account: string | undefined): string {
  if (name === '') throw argumentError('name', 'A store needs a name: any text, the same at every open')
  const place = `larder/${encodeURIComponent(name)}`
  if (account === undefined) return place
  // Behind the place of the store without an account lies, under this name, what that store can fold again, and may remove.
  return `${place}/${account === 'derived' ? '%64erived' : encodeURIComponent(account)}`
}
