import { createConsoleLogger, type LogLevel } from './console-logger.ts'
import { gzipCodec } from './gzip-codec.ts'
import { LocalLocks } from './local-locks.ts'
import { networkConnectivity } from './network-connectivity.ts'
import { nextTurn } from './next-turn.ts'
import type { Locks, Logger, Platform } from './ports.ts'
import { systemClock, systemRandom } from './system-clock.ts'
import { openTabChannel } from './tab-channel.ts'
import { createUuidIds } from './uuid-ids.ts'
import { WebLocks } from './web-locks.ts'

export interface PlatformOptions {
  /** Where log lines go. Default: the console. */
  readonly logger?: Logger
  /** The least important level that the console gets. Default `'error'`. */
  readonly logLevel?: LogLevel
}

/** The machine as a window or a worker has it. Where Web Locks are missing, each tab has locks of its own; see {@link LocalLocks}. */
export function createBrowserPlatform(options: PlatformOptions = {}): Platform {
  const logger = options.logger ?? createConsoleLogger(options.logLevel)
  return {
    clock: systemClock,
    random: systemRandom,
    ids: createUuidIds(() => systemClock.now()),
    locks: tabLocks(logger),
    connectivity: networkConnectivity,
    logger,
    openChannel: openTabChannel,
    nextTurn,
    codec: gzipCodec(),
  }
}

const standIn = new LocalLocks()

function tabLocks(logger: Logger): Locks {
  // Only a secure context has them.
  const manager = typeof navigator === 'undefined' ? undefined : (navigator.locks as LockManager | undefined)
  if (manager !== undefined) return new WebLocks(manager)
  logger.error('platform: there are no Web Locks here, so every tab syncs by itself; serve the app over HTTPS')
  return standIn
}
