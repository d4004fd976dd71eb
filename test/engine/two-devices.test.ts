import { beforeEach, describe, expect, it } from 'vitest'
import type { NewEvent } from '../../src/event/recorded-event.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import type { AmendOptions } from '../../src/reactive/larder-dead-letters.ts'
import { Device, watch } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { byDay, journal, Noted, noted } from '../support/notes.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let server: SyncServer
let phone: Device
let tablet: Device

beforeEach(() => {
  clock = new VirtualClock()
  server = new SyncServer()
  server.rules = [ruleAgainst('absurd', { code: 'too-much', message: 'Nobody eats that much', retryable: false })]
  phone = new Device(1, clock)
  tablet = new Device(2, clock)
})

const offline = () => answer(503, '')
const minute = 60_000

describe('two devices of one account', () => {
  it('see each other’s commits at once, and end with the same log', async () => {
    const [a, b] = [await phone.openTab({ server }), await tablet.openTab({ server })]
    const seen = watch(b.view(journal))
    await a.append(noted('from phone'))
    await clock.advance(100)
    expect(seen.last()).toEqual(['from phone'])
    await b.append(noted('from tablet'))
    await clock.advance(100)
    for (const larder of [a, b]) expect(await larder.get(journal)).toEqual(['from phone', 'from tablet'])
    expect(await server.texts()).toEqual(['from phone', 'from tablet'])
  })

  it('work apart for as long as the network is away, and agree when it is back', async () => {
    const [a, b] = [await phone.openTab({ server }), await tablet.openTab({ server })]
    server.instead = offline
    for (const n of [1, 2, 3]) {
      await a.append(noted(`a${n}`, 'mon'))
      await b.append(noted(`b${n}`, 'mon'))
    }
    await clock.advance(minute)
    expect([await a.get(byDay, 'mon'), await b.get(byDay, 'mon')]).toEqual([
      ['a1', 'a2', 'a3'],
      ['b1', 'b2', 'b3'],
    ])
    server.instead = undefined
    await clock.advance(10 * minute)
    const [onA, onB] = [await a.get(byDay, 'mon'), await b.get(byDay, 'mon')]
    expect(onA).toEqual(onB)
    expect([...onA].sort()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3'])
    expect(await server.texts()).toEqual(onA)
  })

  it('keep what was made offline over a restart', async () => {
    server.instead = offline
    const first = await phone.openTab({ server })
    await first.append(noted('lunch'))
    await first.close()
    const again = await phone.openTab({ server })
    expect(await again.get(journal)).toEqual(['lunch'])
    const status = watch(again.sync.status$)
    const fates = watch(again.commits$)
    await clock.advance(50)
    expect(status.last()).toMatchObject({ state: 'backoff', pending: 1, problem: { code: 'status-503' }, leader: true })
    expect([...(fates.last()?.values() ?? [])]).toMatchObject([{ state: 'pending' }])
    server.instead = undefined
    await clock.advance(10 * minute)
    expect(status.last()).toMatchObject({ state: 'idle', pending: 0, problem: undefined, oldestPending: undefined })
    expect(fates.last()?.size).toBe(0)
    expect(await server.texts()).toEqual(['lunch'])
  })

  it('lose nothing and repeat nothing when answers are lost, again and again', async () => {
    const a = await phone.openTab({ server })
    server.losesAnswers = true
    for (const n of [1, 2, 3]) {
      await a.append(noted(`n${n}`))
      await clock.advance(minute)
    }
    server.losesAnswers = false
    await clock.advance(10 * minute)
    expect(await server.texts()).toEqual(['n1', 'n2', 'n3'])
    expect(await a.get(journal)).toEqual(['n1', 'n2', 'n3'])
  })

  it('one of them with a strict commit in a stream that the other moved gets a dead letter, and no double', async () => {
    const [a, b] = [await phone.openTab({ server }), await tablet.openTab({ server })]
    server.instead = offline
    await a.append(noted('a'), { expectedVersion: 0 })
    await b.append(noted('b'), { expectedVersion: 0 })
    server.instead = undefined
    await a.sync.now()
    await b.sync.now()
    await clock.advance(minute)
    expect(await a.deadLetters.list()).toEqual([])
    expect(await b.deadLetters.list()).toMatchObject([{ code: 'conflict', events: [{ data: { text: 'b' } }] }])
    for (const larder of [a, b]) expect(await larder.get(journal)).toEqual(['a'])
  })
})

describe('a commit that the server refuses', () => {
  async function refused(): Promise<{ a: Larder; id: string; fates: ReturnType<typeof watch<unknown>> }> {
    const a = await phone.openTab({ server })
    const fates = watch(a.changes$)
    const { commitId: id } = await a.append(noted('absurd', 'mon'))
    await a.append(noted('fine', 'mon'))
    await clock.advance(100)
    return { a, id, fates }
  }

  it('counts no more, is shown with its reason, and holds up nothing else', async () => {
    const { a, id, fates } = await refused()
    expect(await a.get(byDay, 'mon')).toEqual(['fine'])
    expect(await server.texts()).toEqual(['fine'])
    expect(await a.deadLetters.list()).toMatchObject([
      { id, code: 'too-much', message: 'Nobody eats that much', attempts: 1, retryable: false },
    ])
    expect(await a.deadLetters.stats()).toMatchObject({ total: 1, byReason: { 'too-much': 1 }, retryReady: 0 })
    expect(fates.all).toContainEqual({ commit: id, to: 'rejected', position: undefined })
    expect(await a.commit(id).settled()).toBe('rejected')
    expect(watch(a.sync.status$).all).toEqual([])
  })

  it('is amended: the new one takes its place and is confirmed', async () => {
    const { a, id } = await refused()
    const receipt = await a.deadLetters.amend(id, noted('modest', 'mon'))
    const settled = receipt.settled()
    await clock.advance(100)
    expect([await settled, await a.commit(id).settled()]).toEqual(['confirmed', 'confirmed'])
    expect([await a.get(byDay, 'mon'), await server.texts()]).toEqual([
      ['fine', 'modest'],
      ['fine', 'modest'],
    ])
    expect(await a.deadLetters.list()).toEqual([])
  })

  const amended = async (events: readonly NewEvent[], options?: AmendOptions) => {
    const a = await phone.openTab({ server })
    const { commitId: id } = await a.append([noted('absurd'), noted('too')], { stream: 'diary' })
    await clock.advance(100)
    await a.deadLetters.amend(id, events, options)
    await clock.advance(100)
    return (await a.events({})).events.map(({ stream, metadata }) => [stream, metadata])
  }

  it('is amended in the stream that it was of, unless the event or the call names another', async () => {
    expect(await amended([noted('modest')])).toEqual([['diary', {}]])
  })

  it('is amended in the stream, and with the metadata, that the call names', async () => {
    const events = [noted('modest'), { ...noted('more'), stream: 'own' }]
    expect(await amended(events, { stream: 'other', metadata: { userId: 'ann' } })).toEqual([
      ['other', { userId: 'ann' }],
      ['own', { userId: 'ann' }],
    ])
  })

  it('of several streams is amended in those of the definitions', async () => {
    const a = await phone.openTab({ server })
    const events = [noted('absurd'), { ...noted('fine'), stream: 'other' }]
    const { commitId: id } = await a.append(events, { stream: 'diary' })
    await clock.advance(100)
    await a.deadLetters.amend(id, noted('modest'))
    await clock.advance(100)
    expect((await a.events()).events.map(({ stream }) => stream)).toEqual(['notes'])
  })

  it('is sent again as it is, and refused again or taken', async () => {
    const { a, id } = await refused()
    await a.deadLetters.retry(id)
    await clock.advance(100)
    expect(await a.deadLetters.list()).toMatchObject([{ id, attempts: 2 }])
    server.rules = []
    await a.deadLetters.retry(id)
    await clock.advance(100)
    expect([await server.texts(), await a.deadLetters.list()]).toEqual([['fine', 'absurd'], []])
  })

  it('is given up, and never comes back', async () => {
    const { a, id } = await refused()
    await a.deadLetters.discard(id, { reason: 'a slip' })
    await clock.advance(100)
    expect([await a.deadLetters.list(), await a.commit(id).settled()]).toEqual([[], 'discarded'])
    expect(server.requests.flatMap(({ withdraw }) => withdraw)).toEqual([id])
    expect((await failureOf(() => a.deadLetters.retry(id))).code).toBe('dead-letter-unknown')
  })

  it('in another tab is amended there, and both see it', async () => {
    const { a, id } = await refused()
    const other = await phone.openTab({ server })
    const list = watch(a.deadLetters.list$)
    await clock.advance(50)
    expect(list.last()).toHaveLength(1)
    await other.deadLetters.amend(id, Noted({ text: 'modest' }))
    await clock.advance(1000)
    expect(list.last()).toEqual([])
    expect(await server.texts()).toEqual(['fine', 'modest'])
  })
})

describe('waiting for a commit to be settled', () => {
  it('ends when the server has it, or after the time that was given', async () => {
    const a = await phone.openTab({ server })
    server.instead = offline
    const receipt = await a.append(noted('lunch'))
    const short = receipt.settled({ timeoutMs: 500 })
    const long = receipt.settled({ timeoutMs: 24 * 60 * minute })
    await clock.advance(500)
    expect(await short).toBe('pending')
    server.instead = undefined
    await clock.advance(10 * minute)
    expect(await long).toBe('confirmed')
    expect(await receipt.settled()).toBe('confirmed')
  })

  it('ends at once in a store that is its own authority', async () => {
    const local = await phone.openTab()
    const receipt = await local.append(noted('lunch'))
    expect([receipt.position, await receipt.settled()]).toEqual([1, 'confirmed'])
  })

  it('is refused for a commit that never was', async () => {
    const a = await phone.openTab({ server })
    const error = await failureOf(() => a.commit('00000000-0000-7000-8000-000000000000').settled())
    expect(error.code).toBe('commit-unknown')
  })

  it('leaves no timer behind', async () => {
    const local = await phone.openTab()
    await (await local.append(noted('lunch'))).settled()
    await clock.advance(10_000)
    expect(clock.waiting).toBe(0)
  })
})
