import { beforeEach, describe, expect, it } from 'vitest'
import { defineDomain } from '../../src/domain.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { Device, type DeviceOptions, watch } from '../support/device.ts'
import { FaultyBackend } from '../support/faulty-backend.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { answer, type SyncServer } from '../support/sync-server.ts'
import { taskServer } from '../support/task-server.ts'
import { Done, Opened, Read, taskDomain, tasks } from '../support/tasks.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let server: SyncServer
let phone: Device
let tablet: Device

beforeEach(() => {
  clock = new VirtualClock()
  server = taskServer()
  phone = new Device(1, clock)
  tablet = new Device(2, clock)
})

const minute = 60_000
const offline = () => answer(503, '')
const open = (device: Device, options: DeviceOptions = {}): Promise<Larder> =>
  device.openTab({ domain: taskDomain, server, ...options })

/** What is done while there is no network; then it is back, the first device sends first. */
async function apart(work: () => Promise<void>, ...[a, b]: readonly Larder[]): Promise<void> {
  server.instead = offline
  await work()
  server.instead = undefined
  await a?.sync.now()
  await b?.sync.now()
  await clock.advance(10 * minute)
}

const titles = async (larder: Larder) => Object.values((await larder.load(tasks, 'a')).state.open)
const pendingOf = (device: Device) => [...device.disk.tables.pending.records.values()]
const discardedOf = (device: Device) => [...device.disk.tables.discarded.records.values()]

describe('a command whose state has changed before it was accepted', () => {
  it('is decided again on what the server holds, and takes the place of what it was', async () => {
    const [a, b] = [await open(phone), await open(tablet)]
    const fates = watch(b.changes$)
    let old = ''
    await apart(
      async () => {
        await a.execute(tasks, 'a').open({ title: 'theirs' })
        await clock.advance(1000)
        const receipt = await b.execute(tasks, 'a', { metadata: { userId: 'bob' } }).open({ title: 'ours' })
        old = receipt.commitId
      },
      a,
      b,
    )
    for (const larder of [a, b]) expect(await titles(larder)).toEqual(['theirs', 'ours'])
    expect(await b.deadLetters.list()).toEqual([])
    const replaced = fates.all.find(({ to }) => to === 'replaced')
    expect(replaced?.by).not.toBe(old)
    expect(replaced).toEqual({ commit: old, to: 'replaced', position: undefined, by: expect.any(String) })
    expect(await b.commit(old).settled()).toBe('confirmed')
    const [first, second] = (await b.events()).events
    expect([first?.position, second?.position, second?.commitId]).toEqual([1, 2, replaced?.by])
    expect(second).toMatchObject({ metadata: { userId: 'bob' } })
    // The time at which it was given.
    const [record] = discardedOf(tablet)
    expect(record).toMatchObject({ id: old, why: 'replaced', note: replaced?.by, withdraw: [] })
    expect(Date.parse(second?.time ?? '')).toBe(record?.commit.madeAt)
    expect(server.requests.flatMap(({ commits }) => commits).at(-1)?.replaces).toEqual([old])
  })

  it('keeps its place in the outbox, and what it made keeps its ids', async () => {
    const [a, b] = [await open(phone), await open(tablet)]
    await apart(
      async () => {
        await a.execute(tasks, 'a').open({ title: 'theirs' })
        await b.execute(tasks, 'a').open({ title: 'first' })
        await b.append(Read({ by: 'me' }, { stream: 'elsewhere' }))
        const { state } = await b.load(tasks, 'a')
        const [task = ''] = Object.keys(state.open)
        await b.execute(tasks, 'a').finish(task)
      },
      a,
      b,
    )
    expect((await b.events()).events.map(({ type }) => type).slice(0, 3)).toEqual(['Opened', 'Read', 'Opened'])
    expect(await b.deadLetters.list()).toEqual([])
    for (const larder of [a, b])
      expect((await larder.load(tasks, 'a')).state).toMatchObject({
        done: 1,
        open: { [await theirs(larder)]: 'theirs' },
      })
  })

  const theirs = async (larder: Larder) => Object.keys((await larder.load(tasks, 'a')).state.open)[0] ?? ''

  it('is given up where there is nothing to do any more, and the server never takes it', async () => {
    const [a, b] = [await open(phone), await open(tablet)]
    await a.execute(tasks, 'a').open({ title: 'shared', task: 't' })
    await clock.advance(minute)
    let old = ''
    await apart(
      async () => {
        await a.execute(tasks, 'a').finish('t')
        old = (await b.execute(tasks, 'a').finishAll()).commitId
      },
      a,
      b,
    )
    expect(await b.deadLetters.list()).toEqual([])
    expect(await b.commit(old).settled()).toBe('discarded')
    expect(pendingOf(tablet)).toEqual([])
    expect(server.requests.flatMap(({ withdraw }) => withdraw)).toEqual([old])
    expect((await b.load(tasks, 'a')).state).toMatchObject({ open: {}, done: 1 })
  })

  it('C65: that it does not allow any more becomes a dead letter with the sentence of the refusal; later ones go on', async () => {
    const [a, b] = [await open(phone), await open(tablet)]
    await a.execute(tasks, 'a').open({ title: 'shared', task: 't' })
    await clock.advance(minute)
    await apart(
      async () => {
        await a.execute(tasks, 'a').finish('t')
        await b.execute(tasks, 'a').finish('t')
        await b.execute(tasks, 'a').open({ title: 'later' })
      },
      a,
      b,
    )
    const [letter, ...others] = await b.deadLetters.list()
    expect(letter).toMatchObject({ code: 'conflict', message: 'There is no such task', retryable: false })
    expect(others).toEqual([])
    for (const larder of [a, b]) expect(await titles(larder)).toEqual(['later'])
  })

  it('of many is decided on what those in front of it came to', async () => {
    const [a, b] = [await open(phone), await open(tablet)]
    await apart(
      async () => {
        for (const title of ['a1', 'a2']) await a.execute(tasks, 'a').open({ title })
        for (const title of ['b1', 'b2', 'b3']) await b.execute(tasks, 'a').open({ title })
      },
      a,
      b,
    )
    for (const larder of [a, b]) expect(await titles(larder)).toEqual(['a1', 'a2', 'b1'])
    expect((await b.deadLetters.list()).map(({ code, message }) => [code, message])).toEqual([
      ['conflict', 'Finish something first'],
      ['conflict', 'Finish something first'],
    ])
  })

  it('is left alone by a tab whose domain lacks the command, and decided by another', async () => {
    const older = defineDomain({ version: 'tasks 1', events: [Opened, Done, Read] })
    const a = await open(phone)
    const first = await open(tablet)
    server.instead = offline
    await a.execute(tasks, 'a').open({ title: 'theirs' })
    await first.execute(tasks, 'a').open({ title: 'ours' })
    await first.close()
    server.instead = undefined
    await a.sync.now()
    const b = await open(tablet, { domain: older })
    await clock.advance(10 * minute)
    expect(pendingOf(tablet)).toMatchObject([{ decideFrom: 1 }])
    expect(await b.deadLetters.list()).toEqual([])
    expect((await b.events()).events).toHaveLength(2)
    const c = await open(tablet)
    await clock.advance(10 * minute)
    expect(pendingOf(tablet)).toEqual([])
    for (const larder of [a, c]) expect(await titles(larder)).toEqual(['theirs', 'ours'])
  })

  it('is decided again when a person tries its dead letter again', async () => {
    const [a, b] = [await open(phone), await open(tablet)]
    await apart(
      async () => {
        for (const title of ['a1', 'a2', 'a3']) await a.execute(tasks, 'a').open({ title, task: title })
        await b.execute(tasks, 'a').open({ title: 'ours' })
      },
      a,
      b,
    )
    const [letter] = await b.deadLetters.list()
    expect(letter?.message).toBe('Finish something first')
    await a.execute(tasks, 'a').finish('a2')
    await clock.advance(minute)
    await b.deadLetters.retry(letter?.id ?? '')
    await clock.advance(10 * minute)
    expect(await b.deadLetters.list()).toEqual([])
    for (const larder of [a, b]) expect(await titles(larder)).toEqual(['a1', 'a3', 'ours'])
    expect(await b.commit(letter?.id ?? '').settled()).toBe('confirmed')
  })

  it('ends as a dead letter after ten times', async () => {
    const b = await open(tablet)
    server.instead = offline
    await b.execute(tasks, 'a').open({ title: 'ours' })
    let strangers = 0
    // Somebody is always first.
    server.instead = async ({ commits }) => {
      if (commits.length > 0) await server.append(Read({ by: `${++strangers}` }, { stream: 'tasks-a' }))
      return undefined
    }
    void b.sync.now()
    await clock.advance(60 * minute)
    expect(await b.deadLetters.list()).toMatchObject([
      { code: 'conflict', message: 'Something else happened to tasks-a first: look at it again, and decide again.' },
    ])
    const [{ id: last = '', replaces = [] } = {}] = (await b.deadLetters.list()).filter(
      (each) => each.kind === 'commit',
    )
    expect(replaces).toHaveLength(10)
    expect(strangers).toBe(11)
    // A person can have it tried again, and as often as at first.
    server.instead = undefined
    await b.deadLetters.retry(last)
    await clock.advance(10 * minute)
    expect(await titles(b)).toEqual(['ours'])
  })

  it('is decided by one tab alone, whichever is first', async () => {
    const [a, b] = [await open(phone), await open(tablet)]
    const other = await open(tablet)
    await apart(
      async () => {
        await a.execute(tasks, 'a').open({ title: 'theirs' })
        await other.execute(tasks, 'a').open({ title: 'ours' })
      },
      a,
      b,
    )
    expect(discardedOf(tablet)).toHaveLength(1)
    for (const larder of [a, b, other]) expect(await titles(larder)).toEqual(['theirs', 'ours'])
  })

  it('is never decided again once the server has taken it', async () => {
    const [a, b] = [await open(phone), await open(tablet)]
    server.losesAnswers = true
    const { commitId } = await b.execute(tasks, 'a').open({ title: 'ours' })
    await clock.advance(minute)
    server.losesAnswers = false
    await a.sync.now()
    await clock.advance(minute)
    await a.execute(tasks, 'a').open({ title: 'theirs' })
    await clock.advance(10 * minute)
    expect(discardedOf(tablet)).toEqual([])
    expect(await b.commit(commitId).settled()).toBe('confirmed')
    for (const larder of [a, b]) expect(await titles(larder)).toEqual(['ours', 'theirs'])
  })

  it('is followed by its receipt and by whoever waits for a projection', async () => {
    const [a, b] = [await open(phone), await open(tablet)]
    server.instead = offline
    await a.execute(tasks, 'a').open({ title: 'theirs' })
    const receipt = await b.execute(tasks, 'a').open({ title: 'ours' })
    const settled = receipt.settled({ timeoutMs: 30 * minute })
    server.instead = undefined
    await a.sync.now()
    await clock.advance(10 * minute)
    expect(await settled).toBe('confirmed')
  })
})

describe('a command that stands on a commit that was refused', () => {
  beforeEach(() => {
    server.rules = [ruleAgainst('poison', { code: 'no', message: 'Not this', retryable: false })]
  })

  it('is decided again without it, and goes out', async () => {
    const b = await open(tablet)
    await apart(async () => {
      await b.execute(tasks, 'a').open({ title: 'poison', task: 'p' })
      await b.execute(tasks, 'a').open({ title: 'fine', task: 'f' })
      await b.execute(tasks, 'a').finish('p')
    }, b)
    expect(await titles(b)).toEqual(['fine'])
    expect((await b.deadLetters.list()).map(({ code, message }) => [code, message]).sort()).toEqual([
      ['conflict', 'There is no such task'],
      ['no', 'Not this'],
    ])
    expect(pendingOf(tablet)).toEqual([])
  })

  it('is decided again by a later tab, where that one had died over it', async () => {
    const b = await open(tablet)
    server.instead = offline
    await b.execute(tasks, 'a').open({ title: 'poison' })
    await b.execute(tasks, 'a').open({ title: 'fine' })
    await b.close()
    const older = defineDomain({ version: 'tasks 1', events: [Opened, Done, Read] })
    server.instead = undefined
    const blind = await open(tablet, { domain: older })
    await clock.advance(minute)
    expect(pendingOf(tablet)).toHaveLength(1)
    await blind.close()
    // Without a network: nobody leads it to.
    server.instead = offline
    const again = await open(tablet)
    await clock.advance(2000)
    expect(pendingOf(tablet)).toMatchObject([{ redecided: 1, basis: { 'tasks-a': { confirmed: 0, behind: [] } } }])
    server.instead = undefined
    await clock.advance(10 * minute)
    expect(await titles(again)).toEqual(['fine'])
  })
})

describe('when the storage fails while a command is decided again', () => {
  it('it is done later', async () => {
    const a = await open(phone)
    const backend: FaultyBackend[] = []
    const wrap = (inner: StorageBackend): StorageBackend => {
      const faulty = new FaultyBackend(inner)
      backend.push(faulty)
      return faulty
    }
    const b = await open(tablet, { wrap })
    server.instead = offline
    await a.execute(tasks, 'a').open({ title: 'theirs' })
    await b.execute(tasks, 'a').open({ title: 'ours' })
    server.instead = undefined
    await a.sync.now()
    // Every transaction that would put something into the place of another.
    let refusals = 0
    for (const each of backend)
      each.refuses = () => pendingOf(tablet).some((record) => record.decideFrom !== undefined) && ++refusals < 3
    await clock.advance(10 * minute)
    expect(refusals).toBeGreaterThan(0)
    for (const larder of [a, b]) expect(await titles(larder)).toEqual(['theirs', 'ours'])
  })
})
