import { beforeEach, describe, expect, it } from 'vitest'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import type { Exchange } from '../../src/sync/exchange.ts'
import { noted } from '../support/notes.ts'
import { openStore, readDisk } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { exchangeBetween } from '../support/refusing-server.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { answer, SyncServer } from '../support/sync-server.ts'

const never = new AbortController().signal

interface Device {
  readonly disk: MemoryDisk
  readonly store: EventStore
  readonly exchange: Exchange
}

let server: SyncServer
let next: number

async function device(disk = new MemoryDisk()): Promise<Device> {
  const store = await openStore({ disk, authority: 'server', seed: next++ })
  return { disk, store, exchange: exchangeBetween(store, server, next++) }
}

const append = async ({ store }: Device, text: string, options: { expectedVersion?: number; stream?: string } = {}) => {
  const id = uuid(next++)
  await store.append(prepared(noted(text), { id, ...options }))
  return id
}

/** Exchanges until there is nothing more to do; answers how it went each time. */
async function drain({ store, exchange }: Device): Promise<string[]> {
  const went: string[] = []
  for (let turn = 0; turn < 40; turn++) {
    const outcome = await exchange.run(store.known.meta.term, never)
    went.push(outcome.kind)
    const isOver = outcome.kind === 'succeeded' ? !outcome.more : outcome.kind !== 'again'
    if (isOver) return went
  }
  throw new Error(`It never ends: ${went.join(', ')}`)
}

const texts = async ({ disk }: Device): Promise<string[]> =>
  (await readDisk(disk, 'server')).confirmed.flatMap(({ events }) => events.map(({ text }) => text))

beforeEach(() => {
  server = new SyncServer()
  next = 1
})

describe('a server that was restored from a backup', () => {
  it.each([true, false])('is offered again what it lost, by whoever has it; new epoch: %s', async (newEpochs) => {
    const [ann, bob] = [await device(), await device()]
    await append(ann, 'a1')
    await drain(ann)
    const backup = server.backup()
    await append(ann, 'a2')
    await append(bob, 'b1')
    await drain(ann)
    await drain(bob)
    await drain(ann)
    expect(await texts(ann)).toEqual(['a1', 'a2', 'b1'])
    server.restore(backup, { newEpochs })
    // What is new waits behind what was there before.
    await append(bob, 'b2')
    expect((await drain(bob)).at(-1)).toBe('succeeded')
    expect(await server.texts()).toEqual(['a1', 'a2', 'b1', 'b2'])
    // Ann offers the same, and it is there.
    expect((await drain(ann)).at(-1)).toBe('succeeded')
    for (const each of [ann, bob]) {
      expect(await texts(each)).toEqual(['a1', 'a2', 'b1', 'b2'])
      expect([each.store.known.pending.records.length, each.store.known.deadLetters.size]).toEqual([0, 0])
    }
  })

  it('keeps what it still has: only what lies above the last place that both know goes back', async () => {
    const ann = await device()
    for (let n = 1; n <= 9; n++) {
      await append(ann, `a${n}`)
      await drain(ann)
    }
    const backup = server.backup()
    await append(ann, 'a10')
    await drain(ann)
    server.restore(backup)
    server.requests.length = 0
    await drain(ann)
    const [, shown, offered] = server.requests
    expect(shown?.marks?.map(({ position }) => position)).toEqual([10, 9, 8, 6, 2])
    expect(shown?.commits).toEqual([])
    expect(offered?.cursor?.position).toBe(9)
    expect(offered?.commits).toHaveLength(1)
  })

  it('that has nothing any more gets all of it, and another device nothing twice', async () => {
    const [ann, bob] = [await device(), await device()]
    for (const text of ['a1', 'a2', 'a3']) await append(ann, text)
    await drain(ann)
    await drain(bob)
    server.reset()
    await drain(bob)
    await drain(ann)
    expect(await server.texts()).toEqual(['a1', 'a2', 'a3'])
    expect(await texts(bob)).toEqual(['a1', 'a2', 'a3'])
    expect(await texts(ann)).toEqual(['a1', 'a2', 'a3'])
  })

  it('and refuses now what it took then: that becomes a dead letter `restore`, and the rest goes on', async () => {
    const ann = await device()
    const empty = server.backup()
    for (const text of ['good', 'bad', 'fine']) await append(ann, text)
    await drain(ann)
    server.restore(empty)
    server.rules = [ruleAgainst('bad', { code: 'no-bad', message: 'Nothing bad any more' })]
    await drain(ann)
    expect(await server.texts()).toEqual(['good', 'fine'])
    const letters = [...ann.store.known.deadLetters.values()]
    expect(letters.map(({ code, message, retryable }) => [code, message, retryable])).toEqual([
      ['restore', 'Nothing bad any more', false],
    ])
  })

  it('has what waited judged behind what it is offered again, by the same number', async () => {
    const ann = await device()
    const empty = server.backup()
    await append(ann, 'a1', { stream: 's' })
    await append(ann, 'a2', { stream: 's' })
    await drain(ann)
    const strict = await append(ann, 'a3', { stream: 's', expectedVersion: 2 })
    server.restore(empty)
    server.requests.length = 0
    await drain(ann)
    expect(await server.texts()).toEqual(['a1', 'a2', 'a3'])
    const sent = server.requests.flatMap(({ commits }) => commits).find(({ id }) => id === strict)
    expect(sent?.expected).toEqual({ s: 2 })
  })

  it('and a commit that stood on one that it refuses waits for it, though a stranger fills its place', async () => {
    const [ann, bob] = [await device(), await device()]
    const empty = server.backup()
    const lost = await append(ann, 'bad', { stream: 's' })
    await drain(ann)
    await append(ann, 'after', { stream: 's', expectedVersion: 1 })
    server.restore(empty)
    server.rules = [ruleAgainst('bad', { code: 'no', message: 'No' })]
    await append(bob, 'stranger', { stream: 's' })
    await drain(bob)
    await drain(ann)
    await drain(ann)
    expect(await server.texts()).toEqual(['stranger'])
    expect([...ann.store.known.deadLetters.keys()]).toEqual([lost])
    expect(ann.store.known.pending.records).toHaveLength(1)
  })

  it('forgets what it had said of commits that wait: they are judged anew', async () => {
    const ann = await device()
    await append(ann, 'a1')
    await drain(ann)
    const backup = server.backup()
    const id = await append(ann, 'a2')
    // Accepted, and the page that would confirm it is still to come.
    const { meta } = ann.store.known
    const record = ann.store.known.pending.find(id)
    if (record === undefined) throw new Error('a2 waits')
    const verdict = { status: 'accepted', position: 2 } as const
    await ann.store.transition(async (tx, cache) => {
      await tx.put('pending', { ...record, verdict })
      await tx.put('meta', { ...cache.meta, generation: meta.generation + 1 })
    })
    server.restore(backup)
    await drain(ann)
    expect(await server.texts()).toEqual(['a1', 'a2'])
    expect(await texts(ann)).toEqual(['a1', 'a2'])
  })

  it.each([
    ['a place that it was not shown', { epoch: 'x', position: 1, mark: 'made up' }],
    ['the place that it said it does not hold', 'same' as const],
  ])('is not believed when it names %s', async (_, known) => {
    const ann = await device()
    await append(ann, 'a1')
    await drain(ann)
    const before = structuredClone(ann.store.known.meta)
    const said = known === 'same' ? before.cursor : known
    server.instead = () => answer(409, { code: 'log-diverged', message: 'No', known: said })
    expect((await drain(ann)).at(-1)).toBe('failed')
    expect(ann.store.known.meta).toEqual(before)
  })

  it('that asks for marks again and again is given time', async () => {
    const ann = await device()
    await append(ann, 'a1')
    server.instead = () => answer(409, { code: 'log-diverged', message: 'No' })
    expect(await drain(ann)).toEqual(['again', 'failed'])
  })
})

describe('an installation that was copied', () => {
  const copyOf = async ({ disk }: Device): Promise<Device> => device(disk.copy())

  it('takes another device id, keeps the ids of what waits, and both end with everything', async () => {
    const ann = await device()
    await append(ann, 'a1')
    await drain(ann)
    const copy = await copyOf(ann)
    const id = ann.store.known.meta.device
    expect(copy.store.known.meta.device).toBe(id)
    await append(ann, 'a2')
    const kept = [await append(copy, 'c1'), await append(copy, 'c2')]
    await drain(ann)
    expect(await drain(copy)).toEqual(['again', 'succeeded'])
    await drain(ann)
    expect(copy.store.known.meta.device).not.toBe(id)
    expect(ann.store.known.meta.device).toBe(id)
    for (const each of [ann, copy]) expect(await texts(each)).toEqual(['a1', 'a2', 'c1', 'c2'])
    expect((await server.accepted()).map((commit) => commit.id).slice(2)).toEqual(kept)
  })

  it('notices it also by what it pulls, before it has anything to send', async () => {
    const ann = await device()
    const copy = await copyOf(ann)
    await append(ann, 'a1')
    await drain(ann)
    await drain(copy)
    expect(copy.store.known.meta.device).not.toBe(ann.store.known.meta.device)
    expect(await texts(copy)).toEqual(['a1'])
  })

  it('of a server that never has enough of new ids is given time', async () => {
    const ann = await device()
    await append(ann, 'a1')
    server.instead = () => answer(409, { code: 'device-forked', message: 'No' })
    expect(await drain(ann)).toEqual(['again', 'again', 'again', 'failed'])
  })
})
