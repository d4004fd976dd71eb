import { beforeEach, describe, expect, it } from 'vitest'
import type { Larder } from '../../src/reactive/larder.ts'
import type { MetaRecord } from '../../src/store/records.ts'
import { Device, watch } from '../support/device.ts'
import { byDay, journal, Noted, noted } from '../support/notes.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let phone: Device
let server: SyncServer

beforeEach(() => {
  clock = new VirtualClock()
  phone = new Device(1, clock)
  server = new SyncServer()
})

function metaOf({ disk }: Device): MetaRecord {
  const meta = disk.tables.meta.records.get('log')
  if (meta === undefined) throw new Error('The store was opened before.')
  return structuredClone(meta)
}

const putBack = (meta: MetaRecord): void => phone.disk.tables.meta.put('log', meta)
const keys = (): number[] => [...phone.disk.confirmed.keys.inRange({})]

/** Everything once, in this order, wherever one looks; and what is new still goes through. */
async function expectWhole(larder: Larder, texts: readonly string[]): Promise<void> {
  await larder.append(noted('last', 'mon'))
  await server.append(noted('their last', 'mon'))
  await clock.advance(600_000)
  expect((await server.texts()).toSorted()).toEqual([...texts, 'last', 'their last'].sort())
  expect(await larder.get(journal)).toEqual(await server.texts())
  expect(await larder.verify()).toMatchObject({ ok: true, events: texts.length + 2, pending: 0, deadLetters: 0 })
  const { events } = await larder.events({})
  expect(events.map(({ data }) => (data as { text: string }).text)).toEqual(await server.texts())
  const status = watch(larder.sync.status$)
  await clock.advance(100)
  expect(status.last()).toMatchObject({ state: 'idle' })
  status.stop()
}

/** Somebody who goes on behind what they were given last, over sessions. */
class Follower {
  readonly texts: string[] = []
  problem: unknown
  #after: string | undefined

  follow(larder: Larder): void {
    const after = this.#after === undefined ? {} : { after: this.#after }
    larder.events$({ types: [Noted], ...after }).subscribe({
      next: ({ data, cursor }) => {
        this.texts.push(data.text)
        this.#after = cursor
      },
      error: (error: unknown) => {
        this.problem = error
      },
    })
  }
}

describe('C30 a meta record that is older than the log beside it', () => {
  let follower: Follower
  let older: MetaRecord

  /** Three notes and one of another device, a meta record of then, and as many again. */
  async function twoSessions(): Promise<void> {
    follower = new Follower()
    const first = await phone.openTab({ server })
    follower.follow(first)
    for (const n of [1, 2, 3]) await first.append(noted(`${n}`, 'mon'))
    await server.append(noted('theirs', 'mon'))
    await clock.advance(600_000)
    older = metaOf(phone)
    for (const n of [4, 5, 6]) await first.append(noted(`${n}`, 'mon'))
    await server.append(noted('theirs too', 'mon'))
    await clock.advance(600_000)
    await first.close()
    expect(keys().at(-1)).toBe(8)
    expect(older.cursor?.position).toBe(4)
  }
  const ALL = ['1', '2', '3', 'theirs', '4', '5', '6', 'theirs too']

  it('is gone on from where the log ends: nothing is lost, offered again or told twice', async () => {
    await twoSessions()
    putBack(older)
    const requests = server.requests.length
    const second = await phone.openTab({ server })
    follower.follow(second)
    expect((await second.get(byDay, 'mon')).toSorted()).toEqual(ALL.toSorted())
    await clock.advance(600_000)
    expect(keys().at(-1)).toBe(8)
    expect(server.requests.slice(requests).flatMap(({ commits }) => commits)).toEqual([])
    await expectWhole(second, ALL)
    expect(follower.problem).toBeUndefined()
    expect(follower.texts.toSorted()).toEqual([...ALL, 'last', 'their last'].sort())
    expect(metaOf(phone).device).not.toBe(older.device)
    await second.close()
  })

  it('writes over nothing that waits, and gives no seq and no order twice', async () => {
    await twoSessions()
    server.instead = () => answer(503, '')
    const offline = await phone.openTab({ server })
    follower.follow(offline)
    for (const n of [7, 8]) await offline.append(noted(`${n}`, 'mon'))
    await clock.advance(1000)
    await offline.close()
    putBack({ ...older, nextAttemptAt: 0 })
    const second = await phone.openTab({ server })
    follower.follow(second)
    await second.append(noted('9', 'mon'))
    await clock.advance(1000)
    const seqs = [...phone.disk.tables.pending.records.values()].map(({ seq }) => seq)
    expect(new Set(seqs).size).toBe(3)
    expect(Math.min(...seqs)).toBeGreaterThan(6)
    server.instead = undefined
    await clock.advance(600_000)
    await expectWhole(second, [...ALL, '7', '8', '9'])
    expect(follower.problem).toBeUndefined()
    expect(follower.texts.toSorted()).toEqual([...ALL, '7', '8', '9', 'last', 'their last'].sort())
    await second.close()
  })

  it('whose outbox alone has gone on since is seen by what waits', async () => {
    const first = await phone.openTab({ server })
    await first.append(noted('1', 'mon'))
    await clock.advance(600_000)
    await first.close()
    older = metaOf(phone)
    server.instead = () => answer(503, '')
    const offline = await phone.openTab({ server })
    await offline.append(noted('2', 'mon'))
    await clock.advance(1000)
    await offline.close()
    putBack(older)
    const second = await phone.openTab({ server })
    await second.append(noted('3', 'mon'))
    expect((await second.get(byDay, 'mon')).toSorted()).toEqual(['1', '2', '3'])
    server.instead = undefined
    await clock.advance(600_000)
    await expectWhole(second, ['1', '2', '3'])
    await second.close()
  })

  it('is seen by what was discarded: the seq of that is not given out again, which feeds would pass over', async () => {
    await twoSessions()
    older = metaOf(phone)
    server.rules = [ruleAgainst('bad', { code: 'no', message: 'no', retryable: false })]
    const first = await phone.openTab({ server })
    follower.follow(first)
    await first.append(noted('bad'))
    await clock.advance(60_000)
    const [letter] = await first.deadLetters.list()
    await first.deadLetters.discard(letter?.id ?? '')
    await clock.advance(60_000)
    await first.close()
    putBack(older)
    const second = await phone.openTab({ server })
    follower.follow(second)
    await clock.advance(600_000)
    await expectWhole(second, ALL)
    expect(follower.texts.toSorted()).toEqual([...ALL, 'bad', 'last', 'their last'].sort())
    await second.close()
  })

  it.each(['damaged', 'without its mark', 'of a strange name'] as const)(
    'goes on where it can where the end of the log is %s',
    async (how) => {
      await twoSessions()
      const last = phone.disk.confirmed.records.get(8)
      if (last === undefined) throw new Error('It ends there.')
      const { marks: _, checksum: __, ...unmarked } = structuredClone(last)
      const strange = {
        damaged: { ...last, checksum: 7 },
        'without its mark': unmarked,
        'of a strange name': { ...last, marks: [{ position: 8, mark: 'strange' }] },
      }
      phone.disk.confirmed.put(8, strange[how])
      putBack(older)
      const second = await phone.openTab({ server })
      follower.follow(second)
      await clock.advance(600_000)
      await second.append(noted('last', 'mon'))
      await clock.advance(600_000)
      expect((await server.texts()).toSorted()).toEqual([...ALL, 'last'].sort())
      expect(await second.get(journal)).toEqual(await server.texts())
      expect(follower.problem).toBeUndefined()
      expect(new Set(follower.texts)).toEqual(new Set([...ALL, 'last']))
      // What can only be set aside comes from the server as if it had never been here.
      if (how !== 'of a strange name') {
        expect(follower.texts).toHaveLength(ALL.length + 1)
        expect(await second.verify()).toMatchObject({ ok: true, events: ALL.length + 1 })
      }
      await second.close()
    },
  )

  it('is taken as lost where the log was set back since', async () => {
    await twoSessions()
    const backup = server.backup()
    const again = await phone.openTab({ server })
    await again.append(noted('7', 'mon'))
    await clock.advance(600_000)
    const beforeRestore = metaOf(phone)
    server.restore(backup)
    await again.append(noted('8', 'mon'))
    await clock.advance(600_000)
    await again.close()
    putBack({ ...beforeRestore, paused: true })
    const second = await phone.openTab({ server })
    await second.sync.resume()
    await clock.advance(600_000)
    await expectWhole(second, [...ALL, '7', '8'])
    await second.close()
  })

  it('is taken as lost where all that the log was set back behind waits for a person', async () => {
    const backup = server.backup()
    await twoSessions()
    server.rules = [ruleAgainst('text', { code: 'no', message: 'no', retryable: false })]
    server.restore(backup)
    const again = await phone.openTab({ server })
    await clock.advance(600_000)
    expect(await again.deadLetters.list()).toHaveLength(8)
    const turn = metaOf(phone).turns?.at(-1)?.number ?? 0
    await again.close()
    putBack(older)
    const second = await phone.openTab({ server })
    await clock.advance(600_000)
    expect(metaOf(phone).turns?.at(0)?.number).toBe(turn + 1)
    expect(await second.deadLetters.list()).toHaveLength(8)
    await second.close()
  })

  it('from before the first answer is taken as lost', async () => {
    const first = await phone.openTab({ server })
    older = metaOf(phone)
    for (const n of [1, 2, 3]) await first.append(noted(`${n}`, 'mon'))
    await clock.advance(600_000)
    await first.close()
    putBack(older)
    const second = await phone.openTab({ server })
    await second.append(noted('4', 'mon'))
    await clock.advance(600_000)
    await expectWhole(second, ['1', '2', '3', '4'])
    await second.close()
  })

  it.each([true, false])(
    'from before a local store began to sync is taken as lost (something waits: %s)',
    async (waits) => {
      const local = await phone.openTab()
      for (const n of [1, 2]) await local.append(noted(`${n}`, 'mon'))
      await local.close()
      older = metaOf(phone)
      const first = await phone.openTab({ server })
      await first.append(noted('3', 'mon'))
      await server.append(noted('theirs', 'mon'))
      await clock.advance(600_000)
      server.instead = () => answer(503, '')
      if (waits) await first.append(noted('4', 'mon'))
      await clock.advance(1000)
      await first.close()
      server.instead = undefined
      putBack(older)
      const second = await phone.openTab({ server })
      await second.append(noted('5', 'mon'))
      await clock.advance(600_000)
      await expectWhole(second, ['1', '2', '3', 'theirs', ...(waits ? ['4'] : []), '5'])
      await second.close()
    },
  )

  it('from before a store that had nothing yet began to sync takes one new device, however often it opens without the server', async () => {
    await (await phone.openTab()).close()
    older = metaOf(phone)
    server.instead = () => answer(503, '')
    const first = await phone.openTab({ server })
    await first.append(noted('1', 'mon'))
    await first.close()
    putBack(older)
    const devices: string[] = []
    for (const text of ['2', '3', '4']) {
      const offline = await phone.openTab()
      expect((await offline.append(noted(text, 'mon'))).position).toBeUndefined()
      devices.push(metaOf(phone).device)
      await offline.close()
    }
    expect(new Set(devices).size).toBe(1)
    expect(devices).not.toContain(older.device)
    const waiting = [...phone.disk.tables.pending.records.values()]
    expect(new Set(waiting.map(({ device, seq }) => `${device} ${seq}`)).size).toBe(4)
    server.instead = undefined
    const second = await phone.openTab({ server })
    await clock.advance(600_000)
    await expectWhole(second, ['1', '2', '3', '4'])
    await second.close()
  })

  it('is noticed by a tab that has the store open, before it asks the server', async () => {
    await twoSessions()
    const larder = await phone.openTab({ server })
    follower.follow(larder)
    await clock.advance(600_000)
    putBack({ ...older, term: metaOf(phone).term })
    await larder.sync.now()
    await clock.advance(600_000)
    await expectWhole(larder, ALL)
    expect(follower.texts.toSorted()).toEqual([...ALL, 'last', 'their last'].sort())
    await larder.close()
  })

  it('of a local store: no position is given twice', async () => {
    const first = await phone.openTab()
    await first.append(noted('1'))
    older = metaOf(phone)
    for (let n = 2; n <= 40; n++) await first.append(noted(`${n}`))
    await first.compact()
    await first.close()
    putBack(older)
    const second = await phone.openTab()
    expect((await second.append(noted('41'))).position).toBe(41)
    expect(await second.get(journal)).toEqual(Array.from({ length: 41 }, (_, n) => `${n + 1}`))
    expect(await second.verify()).toMatchObject({ ok: true, events: 41 })
    await second.close()
  })

  it('is left alone where it says all that lies beside it', async () => {
    await twoSessions()
    const { device } = metaOf(phone)
    const second = await phone.openTab({ server })
    await clock.advance(600_000)
    await expectWhole(second, ALL)
    expect(metaOf(phone).device).toBe(device)
    await second.close()
  })
})

it('C30 a meta record that is put back under an open tab makes it give nothing out twice', async () => {
  const larder = await phone.openTab({ server })
  await larder.append(noted('1', 'mon'))
  await clock.advance(600_000)
  const older = metaOf(phone)
  server.instead = () => Promise.reject(new TypeError('away'))
  for (const text of ['2', '3']) await larder.append(noted(text, 'mon'))
  putBack(older)
  for (const text of ['4', '5']) await larder.append(noted(text, 'mon'))
  const seqs = [...phone.disk.tables.pending.records.values()].map(({ seq }) => seq)
  expect(new Set(seqs).size).toBe(4)
  server.instead = undefined
  await expectWhole(larder, ['1', '2', '3', '4', '5'])
  await larder.close()
})
