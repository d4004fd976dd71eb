import { describe, expect, it } from 'vitest'
import { HeldLocks } from '../../../src/client/held-locks.ts'
import { gzipCodec } from '../../../src/platform/gzip-codec.ts'
import { LocalLocks } from '../../../src/platform/local-locks.ts'
import type { Codec, Locks } from '../../../src/platform/ports.ts'
import { openTabChannel } from '../../../src/platform/tab-channel.ts'
import { createUuidIds } from '../../../src/platform/uuid-ids.ts'
import { PageLocks } from '../../../src/protocol/page-locks.ts'
import { Prng } from '../../../src/testing/chance/prng.ts'
import { seededIds } from '../../../src/testing/chance/seeded-ids.ts'
import { type ChannelPlace, channelContract } from '../../../src/testing/contract/channel-contract.ts'
import { codecContract } from '../../../src/testing/contract/codec-contract.ts'
import { idsContract } from '../../../src/testing/contract/ids-contract.ts'
import { type LocksPlace, locksContract } from '../../../src/testing/contract/locks-contract.ts'
import { checkedCodec } from '../../../src/testing/machine/checked-codec.ts'
import { TestMachine } from '../../../src/testing/machine/test-machine.ts'
import { Actor } from '../../../src/testing/simulator/world/actor.ts'
import { FaultCounts } from '../../../src/testing/simulator/world/fault-counts.ts'
import { Scheduler } from '../../../src/testing/simulator/world/scheduler.ts'
import { SimChannels } from '../../../src/testing/simulator/world/sim-channel.ts'
import { SimLocks } from '../../../src/testing/simulator/world/sim-locks.ts'
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
})
