import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createConsoleLogger } from '../../../src/platform/console-logger.ts'
import { gzipCodec } from '../../../src/platform/gzip-codec.ts'
import { networkConnectivity } from '../../../src/platform/network-connectivity.ts'
import { nextTurn } from '../../../src/platform/next-turn.ts'
import { systemClock, systemRandom } from '../../../src/platform/system-clock.ts'
import { openTabChannel } from '../../../src/platform/tab-channel.ts'
import { createUuidIds } from '../../../src/platform/uuid-ids.ts'
import { WebLocks } from '../../../src/platform/web-locks.ts'
import { channelContract } from '../../../src/testing/contract/channel-contract.ts'
import { clockContract } from '../../../src/testing/contract/clock-contract.ts'
import { codecContract } from '../../../src/testing/contract/codec-contract.ts'
import { connectivityContract } from '../../../src/testing/contract/connectivity-contract.ts'
import { idsContract } from '../../../src/testing/contract/ids-contract.ts'
import { locksContract } from '../../../src/testing/contract/locks-contract.ts'
import { loggerContract } from '../../../src/testing/contract/logger-contract.ts'
import { nextTurnContract } from '../../../src/testing/contract/next-turn-contract.ts'
import { randomContract } from '../../../src/testing/contract/random-contract.ts'
import { createTestLarder } from '../../../src/testing/test-larder.ts'
import { TestServer } from '../../../src/testing/test-server.ts'
import { journal, noted, notes } from '../../support/notes.ts'

const runner = { describe, it, expect }
let places = 0

locksContract(runner, 'Web Locks', () => {
  const place = ++places
  return {
    open: () => {
      const locks = new WebLocks(navigator.locks)
      return { hold: (name, signal, work) => locks.hold(`${name} of ${place}`, signal, work) }
    },
  }
})

channelContract(runner, 'BroadcastChannel', () => {
  const place = ++places
  return { open: (name) => openTabChannel(`${name} of ${place}`) }
})

codecContract(runner, 'gzip in this browser', () => {
  const codec = gzipCodec()
  if (codec === undefined) throw new Error('There is no gzip here')
  return codec
})

idsContract(runner, 'in this browser', () => createUuidIds(() => Date.now()))

nextTurnContract(runner, 'in this browser', () => nextTurn)
randomContract(runner, 'in this browser', () => systemRandom)

describe('under the fake timers of the runner', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  clockContract(runner, 'in this browser', () => ({
    clock: systemClock,
    pass: async (ms) => void (await vi.advanceTimersByTimeAsync(ms)),
  }))
})

describe('while the browser says what the test wants', () => {
  let isOnline = true
  beforeEach(() => {
    isOnline = true
    vi.spyOn(navigator, 'onLine', 'get').mockImplementation(() => isOnline)
  })
  afterEach(() => void vi.restoreAllMocks())
  connectivityContract(runner, 'of this browser', () => ({
    connectivity: networkConnectivity,
    set: (next) => {
      isOnline = next
      dispatchEvent(new Event(next ? 'online' : 'offline'))
    },
  }))
})

describe('with a console that is not shown', () => {
  beforeEach(() => {
    for (const level of ['error', 'info', 'debug'] as const) vi.spyOn(console, level).mockReturnValue()
  })
  afterEach(() => void vi.restoreAllMocks())
  loggerContract(runner, 'to the console of this browser', () => createConsoleLogger('debug'))
})

describe('the kit in a browser', () => {
  it('opens a store whose time is in the hands of the test', async () => {
    const server = new TestServer(notes)
    const test = await createTestLarder(notes, { sync: server })
    await test.larder.append(noted('a'))
    await test.clock.advance(3_600_000)
    expect([await test.larder.get(journal, { layer: 'confirmed' }), (await server.accepted()).length]).toEqual([
      ['a'],
      1,
    ])
    await test.close()
    expect(test.clock.waiting).toBe(0)
  })
})
