import { describe, expect, it } from 'vitest'
import { prepareCommit } from '../../src/event/prepare-commit.ts'
import { gzipCodec } from '../../src/platform/gzip-codec.ts'
import { systemClock as realClock } from '../../src/platform/system-clock.ts'
import { createUuidIds } from '../../src/platform/uuid-ids.ts'
import { openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import { compact } from '../../src/store/compact.ts'
import { EventStore } from '../../src/store/event-store.ts'
import { isSealed } from '../../src/store/sealed-events.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { Noted, notes } from '../support/notes.ts'

const nothing = (): void => undefined
const ids = createUuidIds(() => realClock.now())
const prepared = (event: ReturnType<typeof Noted>) =>
  prepareCommit(event, {}, { catalog: notes.catalog, now: () => realClock.now(), newId: () => ids.next() })

describe('compaction in this browser', () => {
  it('merges and seals with its own gzip, and everything is read again', async () => {
    const codec = gzipCodec()
    expect(codec?.name).toBe('gzip')
    const name = `larder-compact-${Date.now()}`
    const open = async () =>
      EventStore.open({
        backend: await openDexieStorage(name, { clock: realClock }),
        clock: realClock,
        ids,
        logger: { error: nothing, info: nothing, debug: nothing },
        codec,
        authority: 'local',
      })
    const store = await open()
    await Promise.all(
      Array.from({ length: 1500 }, (_, n) =>
        store.append(prepared(Noted({ text: `lunch ${n} 🧀` }, { stream: `s${n}` }))),
      ),
    )
    for (let n = 0; n < 40; n++) await store.append(prepared(Noted({ text: `tea ${n}` })))
    let after: number | undefined = 0
    while (after !== undefined)
      after = (await compact(store, { codec, after, sealUpTo: 1540, isStopped: () => false })).next
    await store.close()
    const again = await open()
    const stored = await again.read((tx) => tx.read('confirmed', {}))
    expect(stored.length).toBeLessThan(6)
    // The end of the log is sealed once it fills a segment.
    expect(stored.map(({ events }) => isSealed(events))).toEqual([...stored.slice(1).map(() => true), false])
    expect(await verifyStore(again)).toMatchObject({ ok: true, events: 1540, commits: 1540, damaged: [] })
    await again.close()
  })
})
