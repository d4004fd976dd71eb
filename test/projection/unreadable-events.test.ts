import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type Domain, defineDomain, defineEvent, defineProjection, from, type NewEvent } from '../../src/domain.ts'
import { createCheckpoints } from '../../src/projection/create-checkpoints.ts'
import { Projector } from '../../src/projection/projector.ts'
import { MemoryCheckpoints } from '../../src/storage/memory/memory-checkpoints.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { Device, watch } from '../support/device.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { thorough } from '../support/thorough.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const Old = z.object({ n: z.number() })
const LoggedV1 = defineEvent('Logged', { schema: Old, stream: () => 'meals' })
/** Of the app in between: its upcaster has a fault. */
const LoggedV2 = defineEvent('Logged', {
  version: 2,
  schema: z.object({ n: z.number(), unit: z.string() }),
  stream: () => 'meals',
  upcast: {
    1: from(Old, ({ n }) => {
      if (n === 13) throw new RangeError('unlucky')
      return { n, unit: 'kcal' }
    }),
  },
})
const LoggedV3 = defineEvent('Logged', {
  version: 3,
  schema: z.object({ amount: z.number(), unit: z.string() }),
  stream: () => 'meals',
  upcast: {
    1: from(Old, ({ n }) => ({ amount: n, unit: 'kcal' })),
    2: from(z.object({ n: z.number(), unit: z.string() }), ({ n, unit }) => ({ amount: n, unit })),
  },
})
const Shared = defineEvent('Shared', { schema: z.object({ with: z.string() }), stream: () => 'meals' })
const SharedV2 = defineEvent('Shared', {
  version: 2,
  schema: z.object({ with: z.array(z.string()) }),
  stream: () => 'meals',
  upcast: {
    1: from(z.object({ with: z.string() }), [LoggedV3], (old, current) => [
      current({ with: [old.with] }),
      LoggedV3({ amount: 0, unit: old.with }),
    ]),
  },
})

const linesV1 = defineProjection('lines', {
  version: 1,
  events: [LoggedV1],
  initial: (): readonly string[] => [],
  evolve: { Logged: (lines, { data }) => [...lines, `${data.n} kcal`] },
})
const linesV2 = defineProjection('lines', {
  version: 1,
  events: [LoggedV2],
  initial: (): readonly string[] => [],
  evolve: { Logged: (lines, { data }) => [...lines, `${data.n} ${data.unit}`] },
})
const linesV3 = defineProjection('lines', {
  version: 1,
  events: [LoggedV3],
  initial: (): readonly string[] => [],
  evolve: { Logged: (lines, { data }) => [...lines, `${data.amount} ${data.unit}`] },
})
/** Releases of one app; none raises the version of its projection, because the states mean the same. */
const releases: readonly Domain[] = [
  defineDomain({ version: '1', events: [LoggedV1], projections: [linesV1] }),
  defineDomain({ version: '2', events: [LoggedV2, Shared], projections: [linesV2] }),
  defineDomain({ version: '3', events: [LoggedV3, SharedV2], projections: [linesV3] }),
]
const [first, , last] = releases as [Domain, Domain, Domain]

const nothing = (): void => undefined
const logger = { error: nothing, info: nothing, debug: nothing }

const logEntry = fc.record({
  event: fc.oneof(
    fc.nat(20).map((n): [Domain, NewEvent] => [first, LoggedV1({ n })]),
    fc.nat(20).map((n): [Domain, NewEvent] => [releases[1] as Domain, LoggedV2({ n, unit: 'g' })]),
    fc.nat(20).map((n): [Domain, NewEvent] => [last, LoggedV3({ amount: n, unit: 'ml' })]),
    fc.constant<[Domain, NewEvent]>([releases[1] as Domain, Shared({ with: 'bob' })]),
    fc.constant<[Domain, NewEvent]>([last, SharedV2({ with: ['bob'] })]),
  ),
})

describe('what an app cannot read yet', () => {
  it('is folded when it can, wherever the releases before it have left their checkpoints', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(logEntry, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(2), { minLength: 1, maxLength: 4 }),
        async (entries, openedBy) => {
          const disk = new MemoryDisk()
          const storage = new MemoryCheckpoints()
          const clock = new VirtualClock()
          const store = await openStore({ disk })
          const stateIn = async (domain: Domain, checkpoints: MemoryCheckpoints | undefined) => {
            const projector = new Projector(domain, store, {
              checkpoints: createCheckpoints(checkpoints, store, domain, { clock, logger }),
            })
            const state = await projector.state('lines', '', 'all')
            const unreadable = projector.unreadable()
            await projector.close()
            return { state, unreadable }
          }
          for (const [index, { event }] of entries.entries()) {
            await store.append(prepared(event[1], {}, event[0].catalog))
            const release = openedBy[index]
            const domain = release === undefined ? undefined : releases[release]
            // Every release opens it at some time, and leaves a checkpoint behind.
            if (domain !== undefined) expect(await stateIn(domain, storage)).toEqual(await stateIn(domain, undefined))
          }
          for (const domain of releases)
            expect(await stateIn(domain, storage)).toEqual(await stateIn(domain, undefined))
          expect((await stateIn(last, storage)).unreadable).toEqual([])
        },
      ),
      { numRuns: thorough(150, 60) },
    )
  })

  it('is counted by type and reason, in what a checkpoint has left behind too', async () => {
    const storage = new MemoryCheckpoints()
    const clock = new VirtualClock()
    const store = await openStore()
    for (const [event, domain] of [
      [LoggedV1({ n: 13 }), first],
      [LoggedV1({ n: 1 }), first],
      [LoggedV3({ amount: 1, unit: 'g' }), last],
      [LoggedV3({ amount: 2, unit: 'g' }), last],
      [SharedV2({ with: ['bob'] }), last],
    ] as const)
      await store.append(prepared(event, {}, domain.catalog))
    const middle = releases[1] as Domain
    for (const round of ['folded', 'from the checkpoint']) {
      const counted: unknown[] = []
      const projector = new Projector(middle, store, {
        checkpoints: createCheckpoints(storage, store, middle, { clock, logger }),
        onUnreadable: (projection, counts) => counted.push([projection, ...counts]),
      })
      expect([round, await projector.state('lines', '', 'all')]).toEqual([round, ['1 kcal']])
      expect(projector.unreadable()).toEqual([
        { type: 'Logged', reason: 'too-new', count: 2 },
        { type: 'Logged', reason: 'unreadable', count: 1 },
      ])
      expect(counted).toEqual(round === 'folded' ? [['lines', ['unreadable', 1], ['too-new', 2]]] : [])
      await projector.close()
    }
  })

  it('C62: from a newer peer is stored as it is, unreadable and counted, pushed as it is, and folded after the update', async () => {
    const clock = new VirtualClock()
    const server = new SyncServer()
    server.domain = last
    const [phone, tablet] = [new Device(1, clock), new Device(2, clock)]
    const newer = await phone.openTab({ server, domain: last })
    await newer.append([LoggedV3({ amount: 2, unit: 'g' }), SharedV2({ with: ['bob', 'eve'] })])
    await clock.advance(100)

    const older = await tablet.openTab({ server, domain: first })
    const health = watch(older.health$)
    await older.append(LoggedV1({ n: 1 }))
    await clock.advance(100)
    expect(await older.get(linesV1)).toEqual(['1 kcal'])
    await clock.advance(100)
    const unreadable = [
      { type: 'Logged', reason: 'too-new', count: 1 },
      { type: 'Shared', reason: 'unknown-type', count: 1 },
    ]
    expect(health.last()?.unreadable).toEqual(unreadable)
    expect((await older.metrics()).metrics.find(({ name }) => name === 'larder.unreadable.events')).toMatchObject({
      points: [
        { attributes: { projection: 'lines', reason: 'unknown-type' }, value: 1 },
        { attributes: { projection: 'lines', reason: 'too-new' }, value: 1 },
      ],
    })
    // It comes live, too.
    await newer.append(LoggedV3({ amount: 3, unit: 'g' }))
    await clock.advance(100)
    expect(health.last()?.unreadable[0]).toMatchObject({ count: 2 })
    await clock.advance(1000)
    await older.close()

    // And is told where only the checkpoint knows of it.
    const reopened = await tablet.openTab({ server, domain: first })
    const healthAgain = watch(reopened.health$)
    await clock.advance(100)
    expect(healthAgain.last()?.unreadable).toEqual([])
    await reopened.get(linesV1)
    await clock.advance(100)
    expect(healthAgain.last()?.unreadable[0]).toMatchObject({ count: 2 })
    await reopened.close()

    const updated = await tablet.openTab({ server, domain: last })
    expect(await updated.get(linesV3)).toEqual(['2 g', '1 kcal', '3 g'])
    const { events } = await updated.events({ types: [SharedV2] })
    expect(events.map(({ data }) => data)).toEqual([{ with: ['bob', 'eve'] }])

    // What the newer app left in its outbox, an older one pushes without looking into it.
    server.instead = () => answer(503, '')
    await newer.append(SharedV2({ with: ['zoe'] }, { metadata: { from: 'later' } }))
    await newer.close()
    server.instead = undefined
    const downgraded = await phone.openTab({ server, domain: first })
    await clock.advance(600_000)
    const commits = await server.log.transact('ann', (tx) => tx.read(0, { events: 1e6, units: 1e9 }))
    expect(JSON.parse(commits.at(-1)?.events[0] ?? '')).toMatchObject({
      type: 'Shared',
      version: 2,
      data: { with: ['zoe'] },
      metadata: { from: 'later' },
    })
    await downgraded.close()
    await updated.close()
  })
})
