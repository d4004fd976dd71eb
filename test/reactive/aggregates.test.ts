import { beforeEach, describe, expect, it } from 'vitest'
import { redecide } from '../../src/aggregate/redecide.ts'
import type { AnyAggregate } from '../../src/domain.ts'
import { isUuid } from '../../src/event/limits.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import type { ExecuteOptions } from '../../src/reactive/larder-aggregates.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { Device, type DeviceOptions } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { notes } from '../support/notes.ts'
import { dumpDisk, openStore } from '../support/open-store.ts'
import { uuid } from '../support/prepared.ts'
import { taskServer } from '../support/task-server.ts'
import { Done, MOST_OPEN, Opened, Read, type Tasks, taskDomain, tasks } from '../support/tasks.ts'
import { NOON, VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let device: Device

beforeEach(() => {
  clock = new VirtualClock()
  device = new Device(1, clock)
})

const open = (options: DeviceOptions = {}): Promise<Larder> => device.openTab({ domain: taskDomain, ...options })
const eventsOf = async (larder: Larder) => (await larder.events({ stream: 'tasks-a' })).events
const noon = new Date(NOON).toISOString()

describe.each([true, false])('executing a command (synced: %s)', (isSynced) => {
  const start = (options: DeviceOptions = {}) => open(isSynced ? { server: taskServer(), ...options } : options)

  it('stores what it decides as one commit in the stream, and is on disk when it resolves', async () => {
    const larder = await start()
    const first = await larder.execute(tasks, 'a').open({ title: 'tea', task: 't1' })
    await larder.execute(tasks, 'a').open({ title: 'cake', task: 't2' })
    const all = await larder.execute(tasks, 'a').finishAll()
    expect(first).toMatchObject({ eventIds: [expect.any(String)], position: isSynced ? undefined : 1 })
    expect(all.eventIds).toHaveLength(2)
    expect((await eventsOf(larder)).map(({ type, commitId }) => [type, commitId])).toEqual([
      ['Opened', first.commitId],
      ['Opened', expect.any(String)],
      ['Done', all.commitId],
      ['Done', all.commitId],
    ])
    expect(await (await start()).load(tasks, 'a')).toEqual({ version: 4, state: { open: {}, done: 2, lastAt: noon } })
  })

  it('is refused with the code and the sentence of the aggregate, and stores nothing', async () => {
    const larder = await start()
    for (let count = 0; count < MOST_OPEN; count++) await larder.execute(tasks, 'a').open({ title: 'tea' })
    const before = await dumpDisk(device.disk)
    expect(await failureOf(() => larder.execute(tasks, 'a').open({ title: 'cake' }))).toMatchObject({
      code: 'refused',
      message: 'Finish something first',
      details: { reason: 'too-many', aggregate: 'tasks', command: 'open' },
    })
    expect(await dumpDisk(device.disk)).toEqual(before)
    await larder.execute(tasks, 'b').open({ title: 'another list' })
  })

  it('sees what another tab has stored, and loses no update to it', async () => {
    // What is written waits: so both decide before either has stored anything.
    let isSlow = false
    const wrap = (backend: StorageBackend): StorageBackend => ({
      mode: 'custom',
      close: () => backend.close(),
      transact: async (mode, tables, work) => {
        if (isSlow && mode === 'write') await new Promise<void>((resolve) => clock.after(1, resolve))
        return backend.transact(mode, tables, work)
      },
    })
    const [one, two] = [await start({ wrap }), await start({ wrap })]
    isSlow = true
    const given = Array.from({ length: 12 }, (_, index) =>
      (index % 2 === 0 ? one : two).execute(tasks, 'a').open({ title: `${index}` }),
    )
    const ended = Promise.allSettled(given)
    await clock.advance(1000)
    isSlow = false
    const outcomes = await ended
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(MOST_OPEN)
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
    expect(refused).toEqual(Array.from({ length: 12 - MOST_OPEN }, () => 'refused'))
    expect(await eventsOf(one)).toHaveLength(MOST_OPEN)
  })
})

describe('a command', () => {
  it('that makes nothing stores nothing, and is settled', async () => {
    const larder = await open()
    const before = await dumpDisk(device.disk)
    const receipt = await larder.execute(tasks, 'a').finishAll()
    expect(receipt).toMatchObject({ eventIds: [], position: undefined })
    expect(isUuid(receipt.commitId)).toBe(true)
    expect(await receipt.settled()).toBe('confirmed')
    expect(await dumpDisk(device.disk)).toEqual(before)
  })

  it('that is given again with its id is carried out once, in any tab, also when it was refused by then', async () => {
    const [one, two] = [await open(), await open()]
    const id = uuid(1)
    const first = await one.execute(tasks, 'a', { id }).open({ title: 'tea', task: 't' })
    for (let count = 1; count < MOST_OPEN; count++) await one.execute(tasks, 'a').open({ title: 'more' })
    const again = await two.execute(tasks, 'a', { id }).open({ title: 'tea', task: 't' })
    expect(again).toMatchObject({ commitId: id, eventIds: first.eventIds, position: 1 })
    const both = [one, two].map((larder) => larder.execute(tasks, 'b', { id: uuid(2) }).open({ title: 'tea' }))
    const [a, b] = await Promise.all(both)
    expect(a?.eventIds).toEqual(b?.eventIds)
    expect((await one.load(tasks, 'b')).version).toBe(1)
  })

  it('whose id belongs to something else is refused', async () => {
    const larder = await open()
    await larder.execute(tasks, 'a', { id: uuid(1) }).open({ title: 'tea' })
    expect(await failureOf(() => larder.execute(tasks, 'b', { id: uuid(1) }).open({ title: 'tea' }))).toMatchObject({
      code: 'id-reused',
      details: { id: uuid(1) },
    })
  })

  it('finds its commit also where that is sealed', async () => {
    const larder = await open()
    const { eventIds } = await larder.execute(tasks, 'a', { id: uuid(1) }).open({ title: 'tea' })
    const others = Array.from({ length: 600 }, () => Read({}, { stream: 'others' }))
    await larder.appendAll(others)
    expect(await larder.compact()).toMatchObject({ sealed: 1 })
    expect(await larder.execute(tasks, 'a', { id: uuid(1) }).open({ title: 'tea' })).toMatchObject({ eventIds })
    expect(await larder.load(tasks, 'a')).toMatchObject({ version: 1 })
  })

  it('takes ids that stay the same, however often it is decided, and the time at which it was given', async () => {
    const larder = await open()
    await larder.execute(tasks, 'a', { id: uuid(1) }).open({ title: 'tea' })
    const { state } = await larder.load(tasks, 'a')
    const [task = ''] = Object.keys(state.open)
    const kept = { aggregate: 'tasks', id: 'a', command: 'open', args: { title: 'tea' } }
    const context = { now: noon, line: uuid(1) }
    expect(redecide(taskDomain, tasks.initialState('a'), kept, context)).toEqual({
      kind: 'events',
      events: [Opened({ task, title: 'tea' })],
    })
    expect(isUuid(task)).toBe(true)
  })

  it('carries metadata to its events', async () => {
    const larder = await open()
    await larder.execute(tasks, 'a', { metadata: { userId: 'ann' } }).open({ title: 'tea' })
    expect((await eventsOf(larder))[0]?.metadata).toEqual({ userId: 'ann' })
  })

  it('is kept with its commit through a refusal of the server, and a retry', async () => {
    const server = taskServer()
    server.rules = [() => ({ code: 'not-today', message: 'Try tomorrow' })]
    const larder = await open({ server })
    await larder.execute(tasks, 'a').open({ title: 'tea', task: 't' })
    await larder.sync.now()
    const [letter] = await larder.deadLetters.list()
    expect(letter?.code).toBe('not-today')
    await larder.sync.pause()
    await larder.deadLetters.retry(letter?.id ?? '')
    const stored = await openStore({ disk: device.disk, authority: 'server' })
    expect(stored.known.pending.records.map(({ command }) => command?.command)).toEqual(['open'])
    expect(server.requests.some((request) => JSON.stringify(request).includes('"command"'))).toBe(false)
  })

  it('is kept with its commit while that waits, and in a backup', async () => {
    const server = taskServer()
    const larder = await open({ server })
    await larder.sync.pause()
    await larder.execute(tasks, 'a').open({ title: 'tea', task: 't' })
    await larder.execute(tasks, 'a').finishAll()
    await larder.append(Read({}, { stream: 'tasks-a' }))
    const stored = await openStore({ disk: device.disk, authority: 'server' })
    const commands = stored.known.pending.records.map(({ command, basis }) => [command, Object.keys(basis)])
    expect(commands).toEqual([
      [{ aggregate: 'tasks', id: 'a', command: 'open', args: { title: 'tea', task: 't' } }, ['tasks-a']],
      [{ aggregate: 'tasks', id: 'a', command: 'finishAll' }, ['tasks-a']],
      [undefined, []],
    ])
    const other = new Device(2, clock)
    const restored = await other.openTab({ domain: taskDomain, server: taskServer() })
    await restored.sync.pause()
    await restored.backup.import(larder.backup.export())
    const copy = await openStore({ disk: other.disk, authority: 'server' })
    expect(copy.known.pending.records.map(({ command }) => command)).toEqual(commands.map(([command]) => command))
  })

  it('is told how it failed', async () => {
    const larder = await open()
    const broken = await failureOf(() => larder.execute(tasks, 'a').open({ title: 'broken' }))
    expect(broken).toMatchObject({ code: 'command-failed', details: { aggregate: 'tasks', command: 'open' } })
    expect(broken.cause).toMatchObject({ message: expect.stringContaining('broken') })
    expect(await failureOf(() => larder.execute(tasks, 'a').open({ title: '' }))).toMatchObject({
      code: 'validation',
      details: { type: 'tasks.open', issues: [{ path: 'title' }] },
    })
    await larder.append(Opened({ task: 't', title: 'boom' }, { stream: 'tasks-a' }))
    const faulted = await failureOf(() => larder.execute(tasks, 'a').finishAll())
    expect(faulted).toMatchObject({ code: 'aggregate-faulted', details: { aggregate: 'tasks', stream: 'tasks-a' } })
    expect(faulted.message).not.toContain('boom')
    await larder.execute(tasks, 'b').open({ title: 'the others go on' })
  })

  it('gives up after so many conflicts as it is told, with nothing stored', async () => {
    let [tries, conflicts] = [0, 99]
    let isRunAgain = false
    const larder = await open({
      wrap: (backend) => ({
        ...backend,
        mode: 'memory',
        close: () => backend.close(),
        transact: async (mode, tables, work) => {
          // Somebody else is always quicker. An append that goes without a look first is run again with one.
          const isAppend = mode === 'write' && tables.includes('confirmed') && !tables.includes('quarantine')
          const isAgain = isAppend && isRunAgain
          isRunAgain = isAppend && !tables.includes('discarded')
          if (isAppend && !isAgain && conflicts-- > 0) {
            tries++
            const other = await device.openTab({ domain: taskDomain })
            await other.append(Read({}, { stream: 'tasks-a' }))
            await other.close()
          }
          return backend.transact(mode, tables, work)
        },
      }),
    })
    const failure = await failureOf(() => larder.execute(tasks, 'a', { maxAttempts: 3 }).open({ title: 'tea' }))
    expect(failure).toMatchObject({ code: 'concurrency', details: { stream: 'tasks-a', expected: 2, actual: 3 } })
    expect(tries).toBe(3)
    conflicts = 9
    await larder.execute(tasks, 'a').open({ title: 'tea' })
    expect(await larder.load(tasks, 'a')).toMatchObject({ version: 13 })
  })
})

describe('bad input', () => {
  it.each<[string, string, (larder: Larder) => unknown]>([
    [
      'C92: a date',
      'payload-not-json',
      (larder) => larder.execute(tasks, 'a').open({ title: 'x', at: new Date() } as never),
    ],
    ['C93: NaN', 'payload-number', (larder) => larder.execute(tasks, 'a').finish(Number.NaN as never)],
    ['C94: a cycle', 'payload-cycle', (larder) => larder.execute(tasks, 'a').open(cyclic() as never)],
    ['C94: too much', 'event-too-large', (larder) => larder.execute(tasks, 'a').finish('x'.repeat(300_000))],
    ['C95: U+0000', 'text-invalid', (larder) => larder.execute(tasks, 'a').finish('\u0000')],
    ['C96: __proto__', 'key-forbidden', (larder) => larder.execute(tasks, 'a').open(JSON.parse('{"__proto__":1}'))],
    ['something where nothing is taken', 'argument', (larder) => larder.execute(tasks, 'a').finishAll(1 as never)],
    ['a stream that is none', 'stream-name', (larder) => larder.execute(tasks, 'a b').finishAll()],
    ['an id that is none', 'argument', (larder) => larder.execute(tasks, 5 as never).finishAll()],
    ['no id', 'argument', (larder) => larder.load(tasks, '')],
    ['a commit id that is none', 'id-invalid', (larder) => larder.execute(tasks, 'a', { id: 'x' }).finishAll()],
    ['options that are none', 'argument', (larder) => larder.execute(tasks, 'a', 'x' as ExecuteOptions).finishAll()],
    ['no attempts', 'argument', (larder) => larder.execute(tasks, 'a', { maxAttempts: 0 }).finishAll()],
    [
      'metadata that is none',
      'payload-not-json',
      (larder) => larder.execute(tasks, 'a', { metadata: new Map() as never }).finishAll(),
    ],
    ['no aggregate', 'argument', (larder) => larder.execute('tasks' as unknown as AnyAggregate, 'a')],
    ['no aggregate to load', 'argument', (larder) => larder.load(null as unknown as AnyAggregate, 'a')],
    ['no class of aggregates', 'argument', (larder) => larder.load(class {} as never, 'a')],
    ['nothing loaded', 'argument', (larder) => larder.save({} as never)],
  ])('%s is refused, and nothing is written', async (_what, code, work) => {
    const larder = await open()
    const before = await dumpDisk(device.disk)
    expect(await failureOf(() => work(larder))).toMatchObject({ code })
    expect(await dumpDisk(device.disk)).toEqual(before)
  })

  it('an aggregate that the domain does not list is named', async () => {
    const larder = await device.openTab({ domain: notes })
    for (const work of [() => larder.load(tasks, 'a'), () => larder.execute(tasks, 'a').finishAll()])
      expect(await failureOf(work)).toMatchObject({ code: 'aggregate-unknown', details: { aggregate: 'tasks' } })
  })

  it('C99: after close, everything is refused as closed', async () => {
    const larder = await open()
    const draft = await larder.edit(tasks, 'a')
    draft.apply(Opened({ task: 't', title: 'tea' }))
    await larder.close()
    for (const work of [
      () => larder.execute(tasks, 'a').finishAll(),
      () => larder.load(tasks, 'a'),
      () => larder.edit(tasks, 'a'),
      () => draft.save(),
    ])
      expect(await failureOf(work)).toMatchObject({ code: 'closed' })
  })

  it('C99: a command that is not waited for is stored before the store is closed', async () => {
    const larder = await open()
    const given = larder.execute(tasks, 'a').open({ title: 'tea' })
    await larder.close()
    const outcome = await given.then(
      () => 'stored',
      () => 'refused',
    )
    expect((await (await open()).load(tasks, 'a')).version).toBe(outcome === 'stored' ? 1 : 0)
  })

  const cyclic = (): unknown => {
    const self: { title: string; self?: unknown } = { title: 'x' }
    self.self = self
    return self
  }
})

describe('loading', () => {
  it('passes over events that are not the aggregate’s, and counts them', async () => {
    const larder = await open()
    expect(await larder.load(tasks, 'a')).toEqual({ version: 0, state: tasks.initialState('a') })
    await larder.append(Read({}, { stream: 'tasks-a' }))
    await larder.append(Opened({ task: 't', title: 'tea' }, { stream: 'tasks-a' }))
    await larder.append(Opened({ task: 't', title: 'cake' }, { stream: 'tasks-b' }))
    const { state, version } = await larder.load(tasks, 'a')
    expect(version).toBe(2)
    expect(state satisfies Tasks).toEqual({ open: { t: 'tea' }, done: 0, lastAt: noon })
  })

  it('sees what is confirmed and what is pending, and the same when all is confirmed', async () => {
    const server = taskServer()
    const larder = await open({ server })
    await larder.execute(tasks, 'a').open({ title: 'tea', task: 't' })
    await larder.sync.now()
    await larder.sync.pause()
    await larder.execute(tasks, 'a').finish('t')
    const before = await larder.load(tasks, 'a')
    expect(before).toEqual({ version: 2, state: { open: {}, done: 1, lastAt: noon } })
    await larder.sync.resume()
    await larder.sync.now()
    expect(await larder.load(tasks, 'a')).toEqual(before)
  })
})

describe('a draft', () => {
  it('folds what is applied at once, and saves it as one commit', async () => {
    const larder = await open()
    const draft = await larder.edit(tasks, 'a')
    draft.apply(Opened({ task: 't', title: 'tea' }))
    draft.apply(Done({ task: 't' }))
    expect(draft).toMatchObject({ id: 'a', stream: 'tasks-a', version: 0, state: { open: {}, done: 1 } })
    expect(draft.uncommitted.map(({ type }) => type)).toEqual(['Opened', 'Done'])
    expect((await larder.load(tasks, 'a')).version).toBe(0)
    const receipt = await draft.save()
    expect(receipt.eventIds).toHaveLength(2)
    expect(draft).toMatchObject({ version: 2, uncommitted: [] })
    expect(await larder.load(tasks, 'a')).toEqual({ version: 2, state: draft.state })
  })

  it('goes on behind what was saved; saving nothing stores nothing', async () => {
    const larder = await open()
    const draft = await larder.edit(tasks, 'a')
    expect(await draft.save()).toMatchObject({ eventIds: [] })
    draft.apply(Opened({ task: 't', title: 'tea' }))
    await draft.save()
    expect(await (await draft.save()).settled()).toBe('confirmed')
    draft.apply(Done({ task: 't' }))
    await draft.save()
    expect((await eventsOf(larder)).map(({ type }) => type)).toEqual(['Opened', 'Done'])
  })

  it('is not saved over what somebody else wrote, whatever is tried', async () => {
    const [one, two] = [await open(), await open()]
    const draft = await one.edit(tasks, 'a')
    draft.apply(Opened({ task: 't', title: 'tea' }))
    await two.execute(tasks, 'a').open({ title: 'cake' })
    const conflict = { code: 'concurrency', details: { stream: 'tasks-a', expected: 0, actual: 1 } }
    expect(await failureOf(() => draft.save())).toMatchObject(conflict)
    expect(await failureOf(() => draft.apply(Done({ task: 't' })))).toMatchObject({ code: 'argument' })
    expect(await failureOf(() => draft.save())).toMatchObject(conflict)
    expect((await one.load(tasks, 'a')).version).toBe(1)
  })

  it('is saved once with its id, and with no other', async () => {
    const larder = await open()
    const draft = await larder.edit(tasks, 'a')
    draft.apply(Opened({ task: 't', title: 'tea' }))
    const saving = draft.save({ id: uuid(1) })
    expect(await failureOf(() => draft.save())).toMatchObject({ code: 'argument', details: { argument: 'draft' } })
    expect(await failureOf(() => draft.apply(Done({ task: 't' })))).toMatchObject({ code: 'argument' })
    expect(await saving).toMatchObject({ commitId: uuid(1) })
    expect(
      await larder.append(Opened({ task: 't', title: 'tea' }, { stream: 'tasks-a' }), { id: uuid(1) }),
    ).toMatchObject({
      position: 1,
    })
    await larder.execute(tasks, 'a').open({ title: 'more' })
    draft.apply(Done({ task: 't' }))
    await failureOf(() => draft.save())
    expect(await failureOf(() => draft.save({ id: uuid(3) }))).toMatchObject({ details: { argument: 'id' } })
  })

  it('is as it was when an event is refused', async () => {
    const larder = await open()
    const draft = await larder.edit(tasks, 'a')
    const id = uuid(7)
    draft.apply(Opened({ task: 't', title: 'tea' }, { id }))
    const before = [draft.state, draft.uncommitted]
    const other = Read({}) as unknown as ReturnType<typeof Done>
    for (const [code, event] of [
      ['validation', Done({ task: 5 as unknown as string })],
      ['argument', other],
      ['argument', 'Done' as unknown as ReturnType<typeof Done>],
      ['argument', Done({ task: 't' }, { stream: 'tasks-b' })],
      ['id-duplicate', Done({ task: 't' }, { id })],
      ['aggregate-faulted', Opened({ task: 't', title: 'boom' })],
    ] as const)
      expect(await failureOf(() => draft.apply(event))).toMatchObject({ code })
    expect([draft.state, draft.uncommitted]).toEqual(before)
    await draft.save()
    expect(await larder.load(tasks, 'a')).toEqual({ version: 1, state: draft.state })
  })
})
