import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MemoryDeadLetterReports } from '../../../server/core/dead-letter-reports.ts'
import { HeldLocks } from '../../../src/client/held-locks.ts'
import { createConsoleLogger } from '../../../src/platform/console-logger.ts'
import { gzipCodec } from '../../../src/platform/gzip-codec.ts'
import { LocalLocks } from '../../../src/platform/local-locks.ts'
import { alwaysOnline } from '../../../src/platform/network-connectivity.ts'
import { nextTurn } from '../../../src/platform/next-turn.ts'
import type { Clock, Codec, Locks } from '../../../src/platform/ports.ts'
import { systemClock, systemRandom } from '../../../src/platform/system-clock.ts'
import { openTabChannel } from '../../../src/platform/tab-channel.ts'
import { createUuidIds } from '../../../src/platform/uuid-ids.ts'
import { PageLocks } from '../../../src/protocol/page-locks.ts'
import { Prng } from '../../../src/testing/chance/prng.ts'
import { seededIds } from '../../../src/testing/chance/seeded-ids.ts'
import { seededRandom } from '../../../src/testing/chance/seeded-random.ts'
import { type ChannelPlace, channelContract } from '../../../src/testing/contract/channel-contract.ts'
import { clockContract } from '../../../src/testing/contract/clock-contract.ts'
import { codecContract } from '../../../src/testing/contract/codec-contract.ts'
import { connectivityContract } from '../../../src/testing/contract/connectivity-contract.ts'
import { deadLetterReportsContract } from '../../../src/testing/contract/dead-letter-reports-contract.ts'
import { idsContract } from '../../../src/testing/contract/ids-contract.ts'
import { type LocksPlace, locksContract } from '../../../src/testing/contract/locks-contract.ts'
import { loggerContract } from '../../../src/testing/contract/logger-contract.ts'
import { nextTurnContract } from '../../../src/testing/contract/next-turn-contract.ts'
import { randomContract } from '../../../src/testing/contract/random-contract.ts'
import { checkedCodec } from '../../../src/testing/machine/checked-codec.ts'
import { TestMachine } from '../../../src/testing/machine/test-machine.ts'
import { Actor } from '../../../src/testing/simulator/world/actor.ts'
import { FaultCounts } from '../../../src/testing/simulator/world/fault-counts.ts'
import { Scheduler } from '../../../src/testing/simulator/world/scheduler.ts'
import { SimChannels } from '../../../src/testing/simulator/world/sim-channel.ts'
import { SimLocks } from '../../../src/testing/simulator/world/sim-locks.ts'
import { SimDevice } from '../../../src/testing/simulator/world/sim-platform.ts'
import { ManualClock } from '../../../src/testing/time/manual-clock.ts'
import { syncGzip } from '../../support/sync-codec.ts'

const runner = { describe, it, expect }

/** Locks that lie across a thread boundary: a page holds them for its worker, and messages pass between. */
function acrossThreads(): LocksPlace {
  const origin = new LocalLocks()
  return {
    open: () => {
      const { port1, port2 } = new MessageChannel()
      const inWorker = new PageLocks((notification) => port1.postMessage(notification))
      const page = new HeldLocks(origin, (id, is) => port2.postMessage({ id, is }))
      port1.onmessage = ({ data: { id, is } }) => inWorker.answer(id, is)
      port2.onmessage = ({ data: { kind, id, name } }) => (kind === 'lock' ? page.hold(id, name) : page.release(id))
      // In Node an open port would keep the process alive.
      for (const port of [port1, port2]) if ('unref' in port && typeof port.unref === 'function') port.unref()
      return inWorker
    },
  }
}

/** Virtual time goes on whenever somebody does something. */
function simulatedLocks(): LocksPlace {
  const scheduler = new Scheduler()
  const locks = new SimLocks({ counts: new FaultCounts() })
  const goOn = (): void => void scheduler.run()
  return {
    open: (): Locks => {
      const mine = locks.locksOf(new Actor('tab', scheduler))
      return {
        hold: async (name, signal, work) => {
          const holding = mine.hold(name, signal, work)
          signal.addEventListener('abort', goOn)
          goOn()
          await holding.finally(goOn)
        },
      }
    },
  }
}

function simulatedChannels(): ChannelPlace {
  const scheduler = new Scheduler()
  const channels = new SimChannels({ prng: new Prng(1), counts: new FaultCounts() })
  return {
    open: (name) => {
      const channel = channels.open(new Actor('tab', scheduler), name)
      return {
        ...channel,
        post: (message) => {
          channel.post(message)
          void scheduler.run()
        },
      }
    },
  }
}

locksContract(runner, 'of one thread', () => {
  const locks = new LocalLocks()
  return { open: () => locks }
})
locksContract(runner, 'that a page holds for its worker, through a message channel', acrossThreads)
locksContract(runner, 'of the simulator', simulatedLocks)

let places = 0
channelContract(runner, 'between the tabs of a test machine', () => {
  const machine = new TestMachine()
  return { open: (name) => machine.openTab().openChannel(name) }
})
channelContract(runner, 'BroadcastChannel in Node', () => {
  const place = ++places
  return { open: (name) => openTabChannel(`${name} of ${place}`) }
})
channelContract(runner, 'of the simulator', simulatedChannels)

function gzip(): Codec {
  const codec = gzipCodec()
  if (codec === undefined) throw new Error('There is no gzip here')
  return codec
}
codecContract(runner, 'gzip as the machine has it', gzip)
codecContract(runner, 'gzip at once', () => syncGzip)
codecContract(runner, 'checked, for tests', () => checkedCodec)

let seeds = 0
idsContract(runner, 'of the machine', () => createUuidIds(() => Date.now()))
idsContract(runner, 'seeded', () => seededIds(++seeds))

nextTurnContract(runner, 'of the machine', () => nextTurn)
nextTurnContract(runner, 'of the simulator', () => {
  const scheduler = new Scheduler()
  const { clock } = new Actor('tab', scheduler)
  return async () => {
    const turn = new Promise<void>((resolve) => clock.after(0, resolve))
    void scheduler.run()
    await turn
  }
})

describe('under the fake timers of the runner', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  clockContract(runner, 'of the machine', () => ({
    clock: systemClock,
    pass: async (ms) => void (await vi.advanceTimersByTimeAsync(ms)),
  }))
})
clockContract(runner, 'in the hands of a test', () => {
  const clock = new ManualClock()
  return { clock, pass: (ms) => clock.advance(ms) }
})
clockContract(runner, 'of the simulator', () => {
  const scheduler = new Scheduler()
  const { clock } = new Actor('tab', scheduler, () => 3_600_000)
  return { clock, pass: async (ms) => void (await scheduler.run({ forMs: ms })) }
})

randomContract(runner, 'of the machine', () => systemRandom)
randomContract(runner, 'seeded', () => seededRandom(++seeds))
randomContract(runner, 'seeded, of a part of the world', () => new Prng(1).fork(`part ${++seeds}`))

connectivityContract(runner, 'of a machine that does not know', () => ({ connectivity: alwaysOnline }))
connectivityContract(runner, 'of a test machine', () => {
  const { connectivity } = new TestMachine()
  return { connectivity, set: (isOnline) => connectivity.set(isOnline) }
})
connectivityContract(runner, 'of the simulator', () => {
  const device = new SimDevice({
    name: 'device',
    scheduler: new Scheduler(),
    prng: new Prng(1),
    counts: new FaultCounts(),
  })
  return { connectivity: device.openTab().platform.connectivity, set: (isOnline) => device.setOnline(isOnline) }
})

describe('with a console that is not shown', () => {
  beforeEach(() => {
    for (const level of ['error', 'info', 'debug'] as const) vi.spyOn(console, level).mockReturnValue()
  })
  afterEach(() => void vi.restoreAllMocks())
  loggerContract(runner, 'to the console', () => createConsoleLogger('debug'))
})
loggerContract(runner, 'of a test machine', () => new TestMachine().openTab().logger)
loggerContract(runner, 'of the simulator', () => {
  const device = new SimDevice({
    name: 'device',
    scheduler: new Scheduler(),
    prng: new Prng(1),
    counts: new FaultCounts(),
  })
  return device.openTab().platform.logger
})

/** Which sentences of a suite an implementation breaks. */
async function broken(suite: (runner: Parameters<typeof codecContract>[0]) => void): Promise<string[]> {
  const found: string[] = []
  const running: Promise<void>[] = []
  suite({
    describe: (_, body) => body(),
    it: (name, body) => running.push(body().catch(() => void found.push(name))),
    expect,
  })
  await Promise.all(running)
  return found
}

describe('the contract suites find', () => {
  it('a codec that does not look at what it decodes', async () => {
    const careless: Codec = { name: 'none', encode: async (bytes) => bytes, decode: async (bytes) => bytes }
    expect(await broken((runner) => codecContract(runner, '', () => careless))).toEqual([
      'rejects what it did not encode, and what was changed or cut off',
      'rejects what would become more than was expected',
    ])
  })

  it('locks that do not lock', async () => {
    const open: Locks = { hold: (_, signal, work) => work(signal) }
    const found = await broken((runner) => locksContract(runner, '', () => ({ open: () => open })))
    expect(found).toContain('let one hold a name at a time, in the order of asking')
    expect(found).toContain('refuse a signal that is aborted already, and run nothing')
  })

  it('a channel that hands out what it was given', async () => {
    const listeners = new Set<(message: unknown) => void>()
    const found = await broken((runner) =>
      channelContract(runner, '', () => ({
        open: () => ({
          post: (message) =>
            queueMicrotask(() => {
              for (const each of listeners) each(message)
            }),
          subscribe: (listener) => {
            listeners.add(listener)
            return () => listeners.delete(listener)
          },
          close: () => undefined,
        }),
      })),
    )
    expect(found).toContain('carries copies, as they were when they were posted')
  })

  it('ids that are counted', async () => {
    const counted = () => {
      let count = 0
      return { next: () => `0000000${++count % 10}-0000-7000-8000-000000000000` }
    }
    expect(await broken((runner) => idsContract(runner, '', counted))).toHaveLength(2)
  })

  it('a clock in s, whose timers run early, or at once, or cannot be cancelled', async () => {
    const suite = (change: Partial<Clock>) => (runner: Parameters<typeof codecContract>[0]) =>
      clockContract(runner, '', () => {
        const clock = new ManualClock()
        const { now, monotonic, after } = {
          now: () => clock.now(),
          monotonic: () => clock.monotonic(),
          after: clock.after.bind(clock),
        }
        return { clock: { now, monotonic, after, ...change }, pass: (ms) => clock.advance(ms) }
      })
    expect(await broken(suite({}))).toEqual([])
    expect(await broken(suite({ now: () => 1_795_000_000 }))).toHaveLength(1)
    const atOnce: Clock['after'] = (_, task) => {
      task()
      return () => undefined
    }
    expect((await broken(suite({ after: atOnce }))).length).toBeGreaterThan(3)
    const inTime: Clock['after'] = (delayMs, task) => {
      const timer = setImmediate(() => task())
      return delayMs > 2 ** 30 ? () => clearImmediate(timer) : () => undefined
    }
    expect(await broken(suite({ after: inTime }))).toContain(
      'does not run what was cancelled, and takes a cancel twice, or too late',
    )
  })

  it('chance that is none', async () => {
    const suite = (next: () => number) => (runner: Parameters<typeof codecContract>[0]) =>
      randomContract(runner, '', () => ({ next }))
    let count = 0
    expect(await broken(suite(() => 0.5))).toHaveLength(2)
    expect(await broken(suite(() => Math.random() * 2))).toHaveLength(3)
    expect(await broken(suite(() => (count++ % 1000) / 1000))).toEqual(['does not go by what it drew last'])
  })

  it('a network that is told of before it is gone, or to those who left', async () => {
    const early = () => {
      let isOnline = true
      const listeners = new Set<(isOnline: boolean) => void>()
      const set = (next: boolean): void => {
        for (const each of listeners) each(next)
        isOnline = next
      }
      return {
        connectivity: {
          online: () => isOnline,
          subscribe: (each: (isOnline: boolean) => void) => {
            listeners.add(each)
            return () => undefined
          },
        },
        set,
      }
    }
    expect(await broken((runner) => connectivityContract(runner, '', early))).toHaveLength(2)
  })

  it('a logger that throws, and one whose methods need their object', async () => {
    const throwing = () => {
      throw new Error('full')
    }
    expect(
      await broken((runner) =>
        loggerContract(runner, '', () => ({ error: throwing, info: throwing, debug: throwing })),
      ),
    ).toHaveLength(3)
    class Lines {
      readonly #lines: string[] = []
      error(line: string): void {
        this.#lines.push(line)
      }
      info(line: string): void {
        this.#lines.push(line)
      }
      debug(line: string): void {
        this.#lines.push(line)
      }
    }
    expect(await broken((runner) => loggerContract(runner, '', () => new Lines()))).toHaveLength(1)
  })

  it('a next turn that is only a promise', async () => {
    expect(await broken((runner) => nextTurnContract(runner, '', () => () => Promise.resolve()))).toEqual([
      'comes when all has run that waits for nothing but promises',
    ])
  })

  it('reports that are kept by commit alone, for everybody', async () => {
    class Careless extends MemoryDeadLetterReports {
      override save(...[, device, reports, now]: Parameters<MemoryDeadLetterReports['save']>): Promise<void> {
        return super.save('all', device, reports, now)
      }
      override list(): ReturnType<MemoryDeadLetterReports['list']> {
        return super.list('all')
      }
    }
    expect(await broken((runner) => deadLetterReportsContract(runner, '', async () => new Careless()))).toHaveLength(2)
  })
})
