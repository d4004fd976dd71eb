import { beforeEach, describe, expect, it } from 'vitest'
import { unpackEvents } from '../../src/event/packed-events.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { toStored } from '../../src/store/check-segment.ts'
import { compact } from '../../src/store/compact.ts'
import type { ConfirmedSegment, DeadLetterRecord, StoredSegment } from '../../src/store/records.ts'
import { isSealed } from '../../src/store/sealed-events.ts'
import { type VerifyReport, verifyStore } from '../../src/store/verify.ts'
import { Device, watch } from '../support/device.ts'
import { byDay, journal, Noted, noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { syncGzip } from '../support/sync-codec.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

type Row = { -readonly [K in keyof StoredSegment]: unknown } & {
  events: Record<string, unknown>
  commits: Record<string, unknown>
}

/** What was seen on real disks, and what a stray write would do. */
const damages: Record<string, (row: Row) => void> = {
  'a body cut short': (row) => {
    row.events.body = String(row.events.body).slice(0, -9)
  },
  'a body with one letter changed': (row) => {
    row.events.body = String(row.events.body).replace('lunch 2', 'lunch 7')
  },
  'a body that is gone': (row) => {
    delete row.events.body
  },
  'a table of another type': (row) => {
    row.events.offsets = [0]
  },
  'a table cut short': (row) => {
    row.events.streamOf = new Uint32Array()
  },
  'no commits': (row) => {
    row.commits.ids = []
  },
  'another position': (row) => {
    row.first = 1
  },
  'a first position that is text': (row) => {
    row.first = 'two'
  },
  'another stream version': (row) => {
    row.streamVersions = Uint32Array.of(40)
  },
  'another checksum': (row) => {
    row.checksum = 7
  },
  'hardly anything left': (row) => {
    for (const key of Object.keys(row))
      if (key !== 'last' && key !== 'events' && key !== 'commits') delete row[key as keyof Row]
  },
}

/** Changes a record where it lies, past everything that would keep it whole. */
function damage(disk: MemoryDisk, last: number, change: (row: Row) => void): void {
  const row = structuredClone(disk.confirmed.records.get(last)) as unknown as Row
  change(row)
  disk.confirmed.records.set(last, row as unknown as StoredSegment)
}

let clock: VirtualClock
let phone: Device

beforeEach(() => {
  clock = new VirtualClock()
  phone = new Device(1, clock)
})

describe('C30 a damaged segment of a local store', () => {
  it.each(Object.keys(damages))('%s: the others are read, and it is named', async (name) => {
    const writer = await phone.openTab()
    for (const n of [1, 2, 3]) await writer.append(noted(`lunch ${n}`, 'mon'))
    await writer.close()
    damage(phone.disk, 2, damages[name] ?? (() => undefined))
    const larder = await phone.openTab()
    expect(await larder.get(journal)).toEqual(['lunch 1', 'lunch 3'])
    expect((await larder.events()).events.map(({ position }) => position)).toEqual([1, 3])
    expect((await larder.events({ direction: 'backward' })).events.map(({ position }) => position)).toEqual([3, 1])
    const backward = { direction: 'backward', stream: 'notes' } as const
    expect((await larder.events(backward)).events.map(({ position }) => position)).toEqual([3, 1])
    const live = [larder.events$(), larder.view(byDay, 'mon'), larder.health$, larder.commits$] as const
    const [fed, view, ...rest] = [watch(live[0]), watch(live[1]), watch(live[2]), watch(live[3])] as const
    await clock.advance(1000)
    expect(fed.all.map(({ position }) => position)).toEqual([1, 3])
    await larder.append(noted('lunch 4', 'mon'))
    expect(await larder.get(byDay, 'mon')).toEqual(['lunch 1', 'lunch 3', 'lunch 4'])
    await clock.advance(1000)
    expect(fed.all.map(({ position }) => position)).toEqual([1, 3, 4])
    expect(view.last()).toEqual(['lunch 1', 'lunch 3', 'lunch 4'])
    // The hole ends nothing that is looked at.
    expect([fed, view, ...rest].map(({ ended }) => ended())).toEqual([undefined, undefined, undefined, undefined])
    const report = await larder.verify()
    expect(report).toMatchObject({
      ok: false,
      segments: 4,
      events: 3,
      damaged: [{ id: 'confirmed:2', repaired: false }],
    })
    expect(report.damaged[0]?.reason).not.toContain('lunch')
    const health = watch(larder.health$)
    await clock.advance(100)
    expect(health.last()?.damaged).toMatchObject([{ id: 'confirmed:2' }])
    // Nothing is deleted: the record lies where it lay.
    expect(phone.disk.confirmed.records.has(2)).toBe(true)
    expect([...phone.disk.tables.quarantine.records.keys()]).toEqual(['confirmed:2'])
    await larder.close()
  })

  it('at the very beginning, or several in a row, ends no page, whatever its direction', async () => {
    const writer = await phone.openTab()
    for (let n = 1; n <= 7; n++) await writer.append(noted(`lunch ${n}`))
    await writer.close()
    for (const n of [1, 2, 3, 4, 5, 6]) damage(phone.disk, n, damages['a body cut short'] ?? (() => undefined))
    const larder = await phone.openTab()
    for (const direction of ['forward', 'backward'] as const)
      for (const query of [{ direction }, { direction, stream: 'notes' }])
        expect((await larder.events(query)).events.map(({ position }) => position)).toEqual([7])
    await larder.close()
  })

  describe('and what is stated behind it', () => {
    /** Four segments of three events in stream `a` each, the last two with one in `b`; the second is damaged. */
    async function holed(change: (versions: Map<string, number>, last: number) => unknown): Promise<VerifyReport> {
      const disk = new MemoryDisk()
      const store = await openStore({ disk })
      const at = (stream: string) => Noted({ text: '' }, { stream })
      for (let n = 0; n < 4; n++) await store.append(prepared([at('a'), at('a'), at(n < 2 ? 'a' : 'b')]))
      damage(disk, 6, damages['another checksum'] ?? (() => undefined))
      for (const [last, segment] of [...disk.confirmed.records]) {
        if (last < 9) continue
        const { streams } = segment.events
        const versions = new Map(streams.map((name, index) => [name, segment.streamVersions[index] ?? 0]))
        change(versions, last)
        const { checksum: _, ...rest } = segment
        const streamVersions = Uint32Array.from(streams, (name) => versions.get(name) ?? 0)
        disk.confirmed.put(last, toStored({ ...rest, streamVersions } as ConfirmedSegment))
      }
      const report = await verifyStore(store)
      await store.close()
      return report
    }

    it('is believed as far as the hole can have held it, which is said', async () => {
      const report = await holed(() => undefined)
      expect(report).toMatchObject({ ok: false, events: 9, uncounted: 2, damaged: [{ id: 'confirmed:6' }] })
      // As appends count that were made when nobody could read the part any more.
      const less = (versions: Map<string, number>) => versions.set('a', (versions.get('a') ?? 0) - 3)
      expect(await holed(less)).toMatchObject({ uncounted: 2, damaged: [{ id: 'confirmed:6' }] })
      const whole = await openStore()
      expect(await verifyStore(whole)).toMatchObject({ ok: true, uncounted: 0 })
      await whole.close()
    })

    it.each<[string, (versions: Map<string, number>, last: number) => unknown, string]>([
      ['counts more than it held', (versions) => versions.set('b', 9), 'confirmed:9'],
      ['goes back', (versions) => versions.set('a', 4), 'confirmed:9'],
      ['does not go on from there', (versions, last) => last === 12 && versions.set('a', 11), 'confirmed:12'],
    ])('is damaged itself where it %s', async (_, change, id) => {
      expect((await holed(change)).damaged.map((each) => each.id)).toContain(id)
    })
  })

  it('is left alone by compaction, sealed or not', async () => {
    const disk = new MemoryDisk()
    const store = await openStore({ disk })
    for (let n = 0; n < 1300; n++) await store.append(prepared(noted(`${n}`)))
    damage(disk, 700, damages['another checksum'] ?? (() => undefined))
    let after: number | undefined = 0
    while (after !== undefined)
      after = (await compact(store, { codec: syncGzip, after, sealUpTo: 1300, isStopped: () => false })).next
    expect(disk.confirmed.records.size).toBeLessThan(10)
    expect(disk.confirmed.records.get(700)).toMatchObject({ first: 700, checksum: 7 })
    const key = [...disk.confirmed.records.values()].find(({ events }) => isSealed(events))?.last ?? 0
    expect(key).toBe(512)
    damage(disk, key, (row) => {
      row.events.sealed = (row.events.sealed as Uint8Array).slice(4)
    })
    const report = await verifyStore(store)
    expect(report.damaged.map(({ id }) => id)).toEqual([`confirmed:${key}`, 'confirmed:700'])
    expect(report.events).toBe(1300 - 1 - 512)
    await store.close()
  })
})

describe('verifying a log', () => {
  it('that another tab compacts meanwhile finds nothing damaged', async () => {
    const disk = new MemoryDisk()
    const [store, other] = [await openStore({ disk }), await openStore({ disk })]
    for (let n = 0; n < 100; n++) await store.append(prepared([noted(`${n}`), noted('more')]))
    const [report, { merged }] = await Promise.all([
      verifyStore(store),
      compact(other, { codec: undefined, after: 0, sealUpTo: 0, isStopped: () => false }),
    ])
    expect(merged).toBeGreaterThan(90)
    expect(report).toMatchObject({ ok: true, damaged: [], uncounted: 0, commits: 100, events: 200 })
    expect(report.segments).toBeGreaterThan(1)
  })

  it('in which one part repeats what lies in front of it finds that', async () => {
    const disk = new MemoryDisk()
    const store = await openStore({ disk })
    for (let n = 0; n < 100; n++) await store.append(prepared(noted(`${n}`)))
    const before = structuredClone([...disk.confirmed.records])
    await compact(store, { codec: undefined, after: 0, sealUpTo: 0, isStopped: () => false })
    const joined = [...disk.confirmed.records.values()].find(({ first, last }) => last > first)?.last ?? 0
    for (const [last, segment] of before) if (last < joined) disk.confirmed.put(last, segment)
    const report = await verifyStore(store)
    expect(report.damaged).toMatchObject([
      { id: `confirmed:${joined}`, reason: `it begins at 1, behind ${joined - 1}` },
    ])
  })
})

describe('C30 a damaged record of what was discarded', () => {
  it('is put into quarantine, and keeps nothing from being sent', async () => {
    const server = new SyncServer()
    server.rules = [ruleAgainst('bad', { code: 'bad', message: 'Bad' })]
    const writer = await phone.openTab({ server })
    await writer.append(noted('bad'))
    await clock.advance(60_000)
    server.instead = () => answer(503, '')
    await writer.deadLetters.discard((await writer.deadLetters.list())[0]?.id ?? '')
    await writer.close()
    const { discarded } = phone.disk.tables
    for (const [id, { withdraw: _, ...rest }] of discarded.records) discarded.records.set(id, rest as never)
    server.instead = undefined
    const larder = await phone.openTab({ server })
    await larder.append(noted('good'))
    await clock.advance(600_000)
    expect(await server.texts()).toEqual(['good'])
    expect(await larder.verify()).toMatchObject({ ok: false, damaged: [{ reason: 'a field is missing' }] })
    await larder.close()
  })
})

describe('C30 a damaged record of the outbox', () => {
  it('is put into quarantine as it is; the others are sent', async () => {
    const server = new SyncServer()
    server.instead = () => answer(503, '')
    const writer = await phone.openTab({ server })
    for (const n of [1, 2, 3]) await writer.append(noted(`lunch ${n}`, 'mon'))
    await writer.close()
    const { pending } = phone.disk.tables
    const record = structuredClone([...pending.records.values()][1])
    if (record === undefined) throw new Error('Nothing is pending.')
    const damaged = { ...record, events: { ...record.events, body: record.events.body.slice(0, -3) } }
    pending.records.set(record.order, damaged)
    server.instead = undefined
    const larder = await phone.openTab({ server })
    await clock.advance(600_000)
    expect(await larder.get(journal)).toEqual(['lunch 1', 'lunch 3'])
    expect(await server.texts()).toEqual(['lunch 1', 'lunch 3'])
    expect((await larder.verify()).damaged).toMatchObject([{ id: `pending:${record.order}`, repaired: false }])
    expect([...phone.disk.tables.quarantine.records.values()]).toMatchObject([{ record: damaged }])
    await larder.close()
  })
})

describe('C30 a damaged dead letter', () => {
  type Letter = Record<string, unknown> & { readonly commit: Record<string, unknown> & { readonly events: object } }

  it.each<[string, (letter: Letter) => object, string]>([
    ['without a field', ({ code: _, ...letter }) => letter, 'a field is missing'],
    ['of a kind that nobody knows', (letter) => ({ ...letter, kind: 'other' }), 'a field is missing'],
    ['without the commit', (letter) => ({ ...letter, commit: {} }), 'a field is missing'],
    [
      'with a body cut short',
      (letter) => ({ ...letter, commit: { ...letter.commit, events: { ...letter.commit.events, body: '{"id' } } }),
      'the checksum does not match',
    ],
  ])('%s is put into quarantine as it is; the others are listed, retried and sent', async (_, change, reason) => {
    const server = new SyncServer()
    server.rules = [ruleAgainst('bad', { code: 'bad', message: 'Bad' })]
    const writer = await phone.openTab({ server })
    for (const n of [1, 2]) await writer.append(noted(`bad ${n}`))
    await clock.advance(60_000)
    await writer.close()
    const { deadLetters } = phone.disk.tables
    const [first, second] = [...deadLetters.records.values()]
    if (first === undefined || second === undefined) throw new Error('Not both were refused.')
    const damaged = change(structuredClone(first) as unknown as Letter)
    deadLetters.records.set(first.id, damaged as never)
    server.rules = []
    const larder = await phone.openTab({ server })
    const letters = watch(larder.deadLetters.list$)
    await clock.advance(1000)
    expect((await larder.deadLetters.list()).map(({ id }) => id)).toEqual([second.id])
    expect(letters.last()?.map(({ id }) => id)).toEqual([second.id])
    await larder.deadLetters.retry(second.id)
    await larder.append(noted('good'))
    await clock.advance(60_000)
    expect((await server.texts()).toSorted()).toEqual([textOf(second), 'good'].toSorted())
    expect(await larder.verify()).toMatchObject({
      ok: false,
      damaged: [{ id: `deadLetters:${first.id}`, reason, repaired: false }],
    })
    expect([...phone.disk.tables.quarantine.records.values()]).toMatchObject([{ record: damaged }])
    expect(letters.ended()).toBeUndefined()
    await larder.close()
  })

  function textOf(letter: DeadLetterRecord): string {
    if (letter.kind !== 'commit') throw new Error('It is of a handler.')
    return unpackEvents(letter.commit.events).map(({ data }) => (data as { readonly text: string }).text)[0] ?? ''
  }
})

describe('C30 a damaged record of a handler', () => {
  it('is put into quarantine, and the handler begins again, rather than never', async () => {
    const handle = async () => {
      const larder = await phone.openTab()
      const texts: string[] = []
      larder.handle(Noted, ({ data }) => void texts.push(data.text), { name: 'coach', from: 'start' })
      return { larder, texts }
    }
    const before = await handle()
    await before.larder.append(noted('lunch 1'))
    await clock.advance(1000)
    await before.larder.close()
    const { handlers } = phone.disk.tables
    const stored = handlers.records.get('coach')
    if (stored === undefined) throw new Error('Nothing is kept of the handler.')
    const { finished: _, ...damaged } = stored
    handlers.records.set('coach', damaged as never)
    const after = await handle()
    await after.larder.append(noted('lunch 2'))
    await clock.advance(1000)
    expect([before.texts, after.texts]).toEqual([['lunch 1'], ['lunch 1', 'lunch 2']])
    expect((await after.larder.verify()).damaged).toMatchObject([
      { id: 'handlers:coach', reason: 'a field is missing', repaired: false },
    ])
    expect([...phone.disk.tables.quarantine.records.values()]).toMatchObject([{ record: damaged }])
    await after.larder.close()
  })
})

describe('C30 a damaged segment of a synced store', () => {
  it('at the end of a stream that has gone on since: the versions behind it are mended too', async () => {
    const server = new SyncServer()
    const [writer, tablet] = [await phone.openTab({ server }), await new Device(2, clock).openTab({ server })]
    for (const n of [1, 2, 3]) {
      await writer.append([noted(`lunch ${n}`), noted(`tea ${n}`)])
      await clock.advance(60_000)
    }
    await writer.close()
    damage(phone.disk, 6, damages['a body cut short'] ?? (() => undefined))
    // Pulled before anything is read that would show the damage.
    await tablet.append(noted('from the tablet'))
    await clock.advance(60_000)
    const larder = await phone.openTab({ server })
    await clock.advance(60_000)
    expect(await larder.get(journal)).toContain('from the tablet')
    await clock.advance(600_000)
    expect(await larder.verify()).toMatchObject({ ok: true, events: 7 })
    await larder.append(noted('strict'), { expectedVersion: 7 })
    await clock.advance(60_000)
    expect(await larder.deadLetters.list()).toEqual([])
    expect(await server.texts()).toHaveLength(8)
    await larder.close()
  })

  it('that an earlier session has found, and this one does not read, is replaced all the same', async () => {
    const server = new SyncServer()
    const writer = await phone.openTab({ server })
    for (const n of [1, 2, 3]) {
      await writer.append(noted(`lunch ${n}`))
      await clock.advance(60_000)
    }
    await writer.close()
    damage(phone.disk, 2, damages['a body cut short'] ?? (() => undefined))
    server.instead = () => answer(503, '')
    const offline = await phone.openTab({ server })
    expect(await offline.get(journal)).toEqual(['lunch 1', 'lunch 3'])
    await offline.close()
    const online = await phone.openTab({ server })
    const health = watch(online.health$)
    await clock.advance(100)
    expect(health.last()?.damaged).toMatchObject([{ id: 'confirmed:2' }])
    server.instead = undefined
    await clock.advance(600_000)
    expect(await online.verify()).toMatchObject({ ok: true, events: 3 })
    expect(phone.disk.tables.meta.records.get('log')?.repairs).toBe(1)
    await online.close()
  })

  it('is pulled again and replaced, in every tab, and kept in quarantine', async () => {
    const server = new SyncServer()
    const writer = await phone.openTab({ server })
    for (const n of [1, 2, 3, 4]) {
      await writer.append([noted(`lunch ${n}`, 'mon'), noted(`tea ${n}`, 'mon')])
      await clock.advance(60_000)
    }
    await writer.close()
    damage(phone.disk, 4, damages['a body cut short'] ?? (() => undefined))
    const before = phone.disk.confirmed.records.get(4)
    server.instead = () => answer(503, '')
    const [one, two] = [await phone.openTab({ server }), await phone.openTab({ server })]
    const whole = [1, 2, 3, 4].flatMap((n) => [`lunch ${n}`, `tea ${n}`])
    const holed = whole.filter((text) => !text.endsWith('2'))
    expect([await one.get(journal), await two.get(journal)]).toEqual([holed, holed])
    server.instead = undefined
    const asked = server.requests.length
    await clock.advance(600_000)
    expect([await one.get(journal), await two.get(journal)]).toEqual([whole, whole])
    // From the cursor before it, not from the beginning.
    expect(server.requests.slice(asked).some(({ cursor }) => cursor?.position === 2)).toBe(true)
    const report = await one.verify()
    expect(report).toMatchObject({ ok: true, events: 8, damaged: [{ id: 'confirmed:4', repaired: true }] })
    expect(phone.disk.tables.quarantine.records.get('confirmed:4')).toMatchObject({ record: before })
    expect((await one.events()).events.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    await Promise.all([one.close(), two.close()])
  })
})
