import type { PlatformOptions } from './browser-platform.ts'
import { createConsoleLogger } from './console-logger.ts'
import { gzipCodec } from './gzip-codec.ts'
import { LocalLocks } from './local-locks.ts'
import { alwaysOnline } from './network-connectivity.ts'
import { nextTurn } from './next-turn.ts'
import type { Platform } from './ports.ts'
import { systemClock, systemRandom } from './system-clock.ts'
import { openTabChannel } from './tab-channel.ts'
import { createUuidIds } from './uuid-ids.ts'

const processLocks = new LocalLocks()

/** The machine as one Node process has it: locks hold among the engines of this thread, and the network is taken to be there. */
export function createNodePlatform(options: PlatformOptions = {}): Platform {
  return {
    clock: systemClock,
    random: systemRandom,
    ids: createUuidIds(() => systemClock.now()),
    locks: processLocks,
    connectivity: alwaysOnline,
    logger: options.logger ?? createConsoleLogger(options.logLevel),
    openChannel: openTabChannel,
    nextTurn,
    codec: gzipCodec(),
  }
}
