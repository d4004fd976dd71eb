import { beforeEach, describe, expect, it } from 'vitest'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device, watch } from '../support/device.ts'
import { byDay, journal, Noted, noted } from '../support/notes.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let server: SyncServer
let device: Device

beforeEach(() => {
  clock = new VirtualClock()
  server = new SyncServer()
  server.rules = [ruleAgainst('poison', { code: 'too-much', message: 'Nobody eats that much', retryable: false })]
  device = new Device(1, clock)
})

const minute = 60_000
const offline = () => answer(503, '')

/** A store in which all of this was appended without a network. */
async function offlineWith(work: (larder: Larder) => Promise<void>): Promise<Larder> {
  const larder = await device.openTab({ server })
  server.instead = offline
  await work(larder)
  return larder
}

async function online(larder: Larder): Promise<void> {
  server.instead = undefined
  await larder.sync.now()
  await clock.advance(minute)
}

const lines = async (larder: Larder) =>
  (await larder.events()).events.map(({ data }) => (data as { text: string }).text)
const stream = (name: string, text: string) => Noted({ text, days: ['mon'] }, { stream: name })

describe('a commit that stands on one that was refused', () => {
  const followed = () =>
    offlineWith(async (larder) => {
      await larder.append(noted('poison', 'mon'), { expectedVersion: 0 })
      await larder.append(noted('follows', 'mon'), { expectedVersion: 1 })
      await larder.append(noted('follows that', 'mon'), { expectedVersion: 2 })
      await larder.append(noted('free', 'mon'))
    })

  it('counts until it is refused, and from then on nowhere', async () => {
    const larder = await followed()
    const shown = watch(larder.view(byDay, 'mon'))
    await clock.advance(100)
    expect(shown.last()).toEqual(['poison', 'follows', 'follows that', 'free'])
    await online(larder)
    expect(shown.last()).toEqual(['free'])
    expect(await larder.get(journal)).toEqual(['free'])
    expect(await lines(larder)).toEqual(['free'])
    expect((await larder.events({ direction: 'backward' })).events).toHaveLength(1)
    expect(await larder.stateAt(byDay, 'mon', { time: '2027-01-01T00:00:00.000Z' })).toEqual(['free'])
    // The version that an append has to expect is that of what counts.
    await larder.append(noted('next', 'mon'), { expectedVersion: 1 })
    expect(await larder.get(journal)).toEqual(['free', 'next'])
  })

  it('is held in the outbox, and shown as such', async () => {
    const larder = await followed()
    const fates = watch(larder.commits$)
    await online(larder)
    expect([...(fates.last()?.values() ?? [])].map(({ state }) => state)).toEqual(['held', 'held', 'rejected'])
    expect(await larder.deadLetters.list()).toHaveLength(1)
    expect(watch(larder.sync.status$).all).toEqual([])
  })

  it('is the same to a tab that is opened then', async () => {
    const larder = await followed()
    await online(larder)
    const other = await device.openTab({ server })
    expect([await other.get(journal), await lines(other)]).toEqual([['free'], ['free']])
    await larder.close()
  })

  it('counts again, in its order, when the one that it stands on is tried again', async () => {
    const larder = await offlineWith(async (each) => {
      await each.append(noted('poison', 'mon'))
      await each.append(noted('follows', 'mon'), { expectedVersion: 1 })
      await each.append(stream('elsewhere', 'free'))
    })
    await online(larder)
    server.instead = offline
    const [letter] = await larder.deadLetters.list()
    await larder.deadLetters.retry(letter?.id ?? '')
    expect(await larder.get(journal)).toEqual(['free', 'poison', 'follows'])
    server.rules = []
    await online(larder)
    expect(await larder.get(journal)).toEqual(['free', 'poison', 'follows'])
    expect(await server.texts()).toEqual(['free', 'poison', 'follows'])
  })

  it('becomes a dead letter when that is settled, where the stream has moved meanwhile', async () => {
    const larder = await followed()
    await online(larder)
    const [letter] = await larder.deadLetters.list()
    await larder.deadLetters.discard(letter?.id ?? '')
    await online(larder)
    expect((await larder.deadLetters.list()).map(({ code, events }) => [code, events[0]?.data])).toEqual([
      ['conflict', { text: 'follows', days: ['mon'] }],
    ])
    expect(await larder.get(journal)).toEqual(['free'])
  })
})

describe('a commit whose dead letter is settled without a network', () => {
  /** `follows` and `follows that` stand on a refused commit, and `free` was confirmed in their stream. */
  async function settled(settle: (larder: Larder, id: string) => Promise<unknown>): Promise<Larder> {
    const larder = await offlineWith(async (each) => {
      await each.append(noted('poison', 'mon'), { expectedVersion: 0 })
      await each.append(noted('follows', 'mon'), { expectedVersion: 1 })
      await each.append(noted('follows that', 'mon'), { expectedVersion: 2 })
      await each.append(noted('free', 'mon'))
    })
    await online(larder)
    server.instead = offline
    server.requests.length = 0
    const [letter] = await larder.deadLetters.list()
    await settle(larder, letter?.id ?? '')
    return larder
  }

  const actions: [string, (larder: Larder, id: string) => Promise<unknown>][] = [
    ['given up', (larder, id) => larder.deadLetters.discard(id)],
    ['amended into another stream', (larder, id) => larder.deadLetters.amend(id, stream('elsewhere', 'mended'))],
  ]

  it.each(actions)('is a dead letter itself at once, where its stream has moved: %s', async (_, settle) => {
    const seen: string[] = []
    const larder = await settled(async (each, id) => {
      each.changes$.subscribe(({ to }) => seen.push(to))
      await settle(each, id)
    })
    expect((await larder.deadLetters.list()).map(({ code, events }) => [code, events[0]?.data])).toEqual([
      ['conflict', { text: 'follows', days: ['mon'] }],
    ])
    expect(await larder.get(byDay, 'mon')).not.toContain('follows')
    expect(seen).toContain('rejected')
    // What stands on it is held, and not sent.
    await clock.advance(minute)
    expect(server.requests.length).toBeGreaterThan(0)
    expect(JSON.stringify(server.requests)).not.toContain('follows that')
  })

  it('counts at once, where nobody has written to its stream', async () => {
    const larder = await offlineWith(async (each) => {
      await each.append(noted('poison', 'mon'), { expectedVersion: 0 })
      await each.append(noted('follows', 'mon'), { expectedVersion: 1 })
    })
    await online(larder)
    server.instead = offline
    const [letter] = await larder.deadLetters.list()
    await larder.deadLetters.discard(letter?.id ?? '')
    expect([await larder.get(byDay, 'mon'), await larder.deadLetters.list()]).toEqual([['follows'], []])
  })
})

describe('a commit behind one that a server of an earlier version cannot judge yet', () => {
  it('waits for it, and counts meanwhile', async () => {
    const larder = await offlineWith(async (each) => {
      await each.append(noted('new', 'mon'), { expectedVersion: 0 })
      await each.append(noted('follows', 'mon'), { expectedVersion: 1 })
    })
    server.instead = (request) => {
      const verdicts = request.commits.map(({ id }, index) =>
        index === 0
          ? { id, status: 'deferred', code: 'server-too-old' }
          : { id, status: 'held', behind: request.commits[0]?.id },
      )
      const cursor = { epoch: 'epoch-1', position: 0, mark: '' }
      const limits = { commits: 500, bytes: 4_000_000 }
      return answer(200, {
        protocol: 1,
        domain: 'notes 1',
        head: 0,
        limits,
        verdicts,
        commits: [],
        cursor,
        more: false,
      })
    }
    await larder.sync.now()
    await clock.advance(minute)
    expect(await larder.get(journal)).toEqual(['new', 'follows'])
    expect(await larder.deadLetters.list()).toEqual([])
  })
})
