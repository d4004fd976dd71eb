import { afterEach, describe, expect, it, vi } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import { prepareCommit } from '../../src/event/prepare-commit.ts'
import { systemClock as realClock } from '../../src/platform/system-clock.ts'
import { createUuidIds } from '../../src/platform/uuid-ids.ts'
import { openDexieCheckpoints, openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import { TestMachine } from '../../src/testing/machine/test-machine.ts'
import { ManualClock } from '../../src/testing/time/manual-clock.ts'
import { journal, noted, notes } from '../support/notes.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

let places = 0
const ids = createUuidIds(() => realClock.now())

/** An engine whose log and checkpoints lie in IndexedDB, and whose time is in the hands of the test: a checkpoint is saved when that passes. */
async function openWorld() {
  const name = `larder-room-${Date.now()}-${places++}`
  const clock = new ManualClock()
  const machine = new TestMachine({ seed: 1, clock })
  const open = async () =>
    Engine.open({
      ...{ domain: notes, platform: machine.openTab(), place: name },
      ...{ backend: await openDexieStorage(name, { clock: realClock }), checkpoints: openDexieCheckpoints(name) },
    })
  const append = (engine: Engine, text: string) =>
    engine.append(
      prepareCommit(noted(text), {}, { catalog: notes.catalog, now: () => realClock.now(), newId: () => ids.next() }),
    )
  const stored = async () => {
    const checkpoints = openDexieCheckpoints(name)
    const { stored: found } = await checkpoints.load(journal.name, journal.version)
    checkpoints.close()
    return found && { position: found.head.position, states: [...found.states] }
  }
  return { name, clock, open, append, stored }
}

const isDerived = ({ db }: IDBTransaction) => db.name.endsWith('/derived')

/** How a save of a checkpoint ends where the quota is reached: each counts how often that was. */
const ends = {
  'is refused by the first write': () => {
    const put = IDBObjectStore.prototype.put
    return vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
      if (isDerived(this.transaction)) throw new DOMException('No room', 'QuotaExceededError')
      return put.apply(this, args)
    })
  },
  'is aborted when all is written': () => {
    const put = IDBObjectStore.prototype.put
    return vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
      const request = put.apply(this, args)
      const { transaction } = this
      // What comes last.
      if (isDerived(transaction) && this.name === 'checkpointHeads')
        request.addEventListener('success', () => transaction.abort())
      return request
    })
  },
} as const

describe('C11: in this browser a checkpoint for which there is no room', () => {
  it.each(Object.keys(ends) as readonly (keyof typeof ends)[])(
    '%s, and fails nothing: appends and queries go on, and it is saved whole when there is room',
    async (end) => {
      const { clock, open, append, stored } = await openWorld()
      const engine = await open()
      const texts = ['first']
      const shown = () => engine.get(journal.name, '', 'all')
      const hit = () => put.mock.contexts.filter((store) => isDerived((store as IDBObjectStore).transaction)).length
      await append(engine, 'first')
      expect(await shown()).toEqual(texts)
      await clock.advance(1000)
      await vi.waitFor(async () => expect(await stored()).toEqual({ position: 1, states: [['', texts]] }))

      const put = ends[end]()
      for (const text of ['second', 'third']) {
        const before = hit()
        await append(engine, text)
        texts.push(text)
        expect(await shown()).toEqual(texts)
        await clock.advance(1000)
        await vi.waitFor(() => expect(hit()).toBeGreaterThan(before))
        // The one before is whole, and nothing of the new one is there.
        expect(await stored()).toEqual({ position: 1, states: [['', ['first']]] })
      }
      expect(engine.health.describe().storage.state).toBe('ready')

      put.mockRestore()
      await append(engine, 'fourth')
      texts.push('fourth')
      await clock.advance(1000)
      await vi.waitFor(async () => expect(await stored()).toEqual({ position: 4, states: [['', texts]] }))
      await engine.close()
      // Another tab begins there.
      const again = await open()
      expect(await again.get(journal.name, '', 'all')).toEqual(texts)
      await again.close()
    },
  )
})
