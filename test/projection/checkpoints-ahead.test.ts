import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { beforeEach, describe, expect, it } from 'vitest'
import { defineDomain, defineProjection } from '../../src/domain.ts'
import { openEngine } from '../../src/engine/open-engine.ts'
import type { CheckpointHead, CheckpointStorage, FirstLook } from '../../src/projection/checkpoint-storage.ts'
import { readCheckpointsAhead } from '../../src/projection/checkpoints-ahead.ts'
import { openDexieCheckpoints } from '../../src/storage/dexie/with-dexie.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryCheckpoints } from '../../src/storage/memory/memory-checkpoints.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { Noted, noted } from '../support/notes.ts'
import { prepared } from '../support/prepared.ts'
import { settled, VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

const projection = (name: string, version = 1) =>
  defineProjection(name, {
    version,
    events: [Noted],
    initial: () => 0,
    evolve: { Noted: (count: number) => count + 1 },
  })

const domain = defineDomain({ version: '1', events: [Noted], projections: [projection('days'), projection('weeks')] })

const head = (name: string, position: number): CheckpointHead => ({
  ...{ projection: name, version: 1, device: 'd', authority: 'local', repairs: 0, build: 0 },
  position,
})

const save = (storage: CheckpointStorage, expected: CheckpointHead | undefined, next: CheckpointHead) =>
  storage.save({ expected, next, states: [['', next.position]], replaces: true })

/** Counts what it is asked for. */
class Counting extends MemoryCheckpoints {
  readonly loads: string[] = []
  readonly notes: string[] = []
  /** Of `first` and `load`. */
  failing = false

  override async load(name: string, version: number) {
    this.loads.push(name)
    if (this.failing) throw new Error('failed')
    return super.load(name, version)
  }

  override async first() {
    if (this.failing) throw new Error('failed')
    return super.first()
  }

  override async noteFirst(name: string) {
    this.notes.push(name)
    await super.noteFirst(name)
  }
}

let storage: Counting
let clock: VirtualClock

beforeEach(() => {
  storage = new Counting()
  clock = new VirtualClock()
})

/** As a store that was open before, where somebody looked at this first. */
async function lookedAt(name: string): Promise<void> {
  await storage.noteFirst(name)
  await save(storage, undefined, head('days', 1))
  storage.notes.length = 0
}

const positionOf = async (ahead: CheckpointStorage, name = 'days') => (await ahead.load(name, 1)).stored?.head.position

describe('the checkpoint of a projection', () => {
  it('is read before anybody asks for it where it was the first that was looked at the last time, and once', async () => {
    await lookedAt('days')
    const ahead = readCheckpointsAhead(storage, domain, clock)
    await settled()
    expect(storage.loads).toEqual(['days'])
    expect(await positionOf(ahead)).toBe(1)
    expect(storage.loads).toEqual(['days'])
    expect(storage.notes).toEqual([])
    // What is asked for again may have changed.
    await save(storage, head('days', 1), head('days', 2))
    expect(await positionOf(ahead)).toBe(2)
  })

  it('is read when it is asked for where another was the first, and is the first from then on', async () => {
    await lookedAt('weeks')
    const ahead = readCheckpointsAhead(storage, domain, clock)
    expect(await positionOf(ahead)).toBe(1)
    expect(storage.loads).toEqual(['weeks', 'days'])
    await settled()
    expect(storage.notes).toEqual(['days'])
    // Not the second.
    await ahead.load('weeks', 1)
    await settled()
    expect(storage.notes).toEqual(['days'])
  })

  it.each(['save', 'want', 'forget'] as const)('is read again where this tab has called %s meanwhile', async (call) => {
    await lookedAt('days')
    const ahead = readCheckpointsAhead(storage, domain, clock)
    await settled()
    if (call === 'save') await save(ahead, head('days', 1), head('days', 2))
    else await ahead[call]('days', 1)
    const { stored, wanted } = await ahead.load('days', 1)
    expect([stored?.head.position, wanted]).toEqual({ save: [2, 0], want: [1, 1], forget: [undefined, 0] }[call])
  })

  it('is read again where nobody has asked for two seconds: another tab may have saved it', async () => {
    await lookedAt('days')
    const ahead = readCheckpointsAhead(storage, domain, clock)
    await clock.advance(2000)
    await save(storage, head('days', 1), head('days', 2))
    expect(await positionOf(ahead)).toBe(2)
  })

  it.each(['has built it anew', 'wants it built anew'])('is read again where another tab %s meanwhile', async (how) => {
    await lookedAt('days')
    const ahead = readCheckpointsAhead(storage, domain, clock)
    await settled()
    if (how === 'wants it built anew') await storage.want('days', 1)
    else await save(storage, head('days', 1), { ...head('days', 1), build: 1 })
    // As it is heard.
    ahead.check(() => undefined)
    const { stored, wanted } = await ahead.load('days', 1)
    expect([stored?.head.build, wanted]).toEqual(how === 'wants it built anew' ? [0, 1] : [1, 0])
  })

  it('is not read where the domain has no such projection any more, or was never looked at', async () => {
    readCheckpointsAhead(storage, domain, clock)
    await lookedAt('months')
    readCheckpointsAhead(storage, domain, clock)
    await settled()
    expect(storage.loads).toEqual([])
  })

  it('is read in the version of the domain, and again for another', async () => {
    await lookedAt('days')
    const ahead = readCheckpointsAhead(
      storage,
      defineDomain({ version: '2', events: [Noted], projections: [projection('days', 2)] }),
      clock,
    )
    expect(await positionOf(ahead)).toBe(1)
    expect((await ahead.load('days', 2)).others).toEqual([head('days', 1)])
  })

  it('is read once more where reading ahead failed', async () => {
    await lookedAt('days')
    storage.failing = true
    const failed = readCheckpointsAhead(storage, domain, clock)
    await settled()
    storage.failing = false
    expect(await positionOf(failed)).toBe(1)
    const ahead = readCheckpointsAhead(storage, domain, clock)
    storage.failing = true
    await settled()
    storage.failing = false
    expect(await positionOf(ahead)).toBe(1)
  })
})

it.each(['heard of it', 'was still opening'])(
  'a rebuild of another tab counts for a tab that %s, and looks then',
  async (how) => {
    const machine = new VirtualMachine(1, clock)
    const disk = new MemoryDisk()
    // Of one version: its function is mended, and a rebuild asked for.
    const open = (step: number, log: Promise<void> = Promise.resolve()) =>
      openEngine({
        domain: defineDomain({
          ...{ version: '1', events: [Noted] },
          projections: [
            defineProjection('days', {
              ...{ version: 1, events: [Noted], initial: () => 0 },
              evolve: { Noted: (count: number) => count + step },
            }),
          ],
        }),
        ...{ name: 'n', account: undefined, syncUrl: undefined, auth: undefined, maxAttempts: undefined },
        platform: machine.openTab(),
        openStorage: async () => {
          await log
          const backend = openMemoryStorage(disk)
          return {
            mode: 'custom',
            transact: (mode, tables, work) => backend.transact(mode, tables, work),
            close: () => backend.close(),
          }
        },
        fallbackStorage: undefined,
        openCheckpoints: () => storage,
        createTransport: () => expect.unreachable('it does not sync'),
      })
    const wrong = await open(100)
    await wrong.append(prepared(noted('a')))
    expect(await wrong.get('days', '', 'all')).toBe(100)
    await clock.advance(60_000)
    await wrong.close()
    const first = await open(1)
    // What it has read ahead itself is dropped by then.
    await clock.advance(3000)
    let answer = (): void => undefined
    const log = new Promise<void>((resolve) => {
      answer = resolve
    })
    const opening = open(1, how === 'heard of it' ? undefined : log)
    if (how === 'heard of it') await opening
    const rebuilt = first.projections.rebuild('days')
    await clock.advance(100)
    await rebuilt
    expect(await first.get('days', '', 'all')).toBe(1)
    answer()
    const second = await opening
    expect(await second.get('days', '', 'all')).toBe(1)
    await Promise.all([first.close(), second.close()])
  },
)

it('says of what log it is as soon as that is known, and before it is looked whether all of it is whole', async () => {
  const indexedDB = new IDBFactory()
  const open = () => openDexieCheckpoints('larder', { indexedDB, IDBKeyRange })
  const before = open()
  await before.noteFirst('days')
  await save(before, undefined, head('days', 1))
  before.close()
  const order: string[] = []
  const kept = open()
  const { load } = kept
  kept.load = async (...given: Parameters<typeof load>) => {
    const loaded = await load.apply(kept, given)
    order.push('loaded')
    return loaded
  }
  const ahead = readCheckpointsAhead(kept, domain, clock)
  const known = new Promise((resolve) => {
    ahead.check((each) => {
      order.push('known')
      resolve(each)
    })
  })
  expect(await known).toEqual(head('days', 1))
  const { stored } = await ahead.load('days', 1)
  // The same, so that what was found of it counts.
  expect(stored?.head).toBe(await known)
  expect(order).toEqual(['known', 'loaded'])
  ahead.close()
})

describe.each(
  Object.entries<() => () => CheckpointStorage & FirstLook>({
    memory: () => {
      const checkpoints = new MemoryCheckpoints()
      return () => checkpoints
    },
    'Dexie on fake-indexeddb': () => {
      const indexedDB = new IDBFactory()
      return () => openDexieCheckpoints('larder', { indexedDB, IDBKeyRange })
    },
  }),
)('in %s', (_name, place) => {
  it('it is kept which projection was looked at first', async () => {
    const open = place()
    const storage = open()
    expect(await storage.first()).toBeUndefined()
    await storage.noteFirst('days')
    await storage.noteFirst('weeks')
    storage.close()
    expect(await open().first()).toBe('weeks')
  })
})
