import { expect, it } from 'vitest'
import { isLarderError, LarderError } from '../../src/errors.ts'
import { recordedInPending, recordedInSegment } from '../../src/store/segment.ts'
import type { StorageFaultKind } from '../../src/testing/faults/faulty-storage.ts'
import { byDay, journal, noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { type StorageWorld, storageWorld } from '../support/storage-world.ts'
import { thorough } from '../support/thorough.ts'

/** A fault, whether the tab dies of it, and the operation that it strikes first. Default: the first. */
type Sweep = readonly [StorageFaultKind, 'goes on' | 'dies', number?]

/** Where not every operation is tried by each of the five, each is struck by one of them. */
const STRIDE = thorough(1, 5)
const SWEEPS: readonly Sweep[] = [
  ['fail', 'goes on'],
  ['fail', 'dies', thorough(1, 2)],
  ['abort', 'goes on', thorough(1, 3)],
  ['abort', 'dies', thorough(1, 4)],
  ['hang', 'goes on', thorough(1, 5)],
]

interface Action {
  /** Before the fault. */
  readonly prepare?: (world: StorageWorld) => Promise<unknown>
  readonly run: (world: StorageWorld) => Promise<unknown>
  /** What the server has in the end; a list of what it may have where the action may fail for good. */
  readonly ends: readonly (readonly string[])[]
  /** Commits that are confirmed all along. Default: the first. */
  readonly confirmed?: readonly string[]
  /** The pairs of a fault and its outcome that are swept. Default: all. */
  readonly sweeps?: readonly Sweep[]
  /** How far the fault moves from one run to the next. Default: a single operation, or five where `npm test` tries some. */
  readonly stride?: number
  /** Commits that lie somewhere all along, wherever. Default: those. */
  readonly kept?: readonly string[]
  /** The log has a hole until the action is over. */
  readonly isHoled?: boolean
}

const away = () => Promise.reject(new TypeError('away'))
const sync = ({ engine }: StorageWorld) => engine.sync.now()
const pendingLetter = async ({ engine, server, append }: StorageWorld): Promise<void> => {
  server.instead = away
  await append(3, 'behind')
  await engine.refresh()
}

const MADE = ['one', 'two', 'three', 'four']
const THEIRS = uuid(19)
const WAITING = uuid(20)
const restored: Omit<Action, 'prepare'> = {
  run: sync,
  // It has some hundred steps, and what is rolled back is the same.
  sweeps: [
    ['fail', 'goes on'],
    ['abort', 'dies', thorough(1, 4)],
  ],
  stride: thorough(1, 7),
  kept: [uuid(1), ...MADE.map((_, index) => uuid(index + 3)), THEIRS, WAITING],
  ends: [['first', ...MADE, 'theirs', 'waits']],
}

/**
 * Four own commits behind the first, and one of another device, are confirmed, and one waits that stands on all of them. Then the server has lost what came
 * after the third of them; or everything.
 */
async function lose(world: StorageWorld, has: 'three' | 'nothing', newEpochs = true): Promise<void> {
  const { server, engine, append } = world
  let backup = server.backup()
  for (const [index, text] of MADE.entries()) {
    await append(index + 3, text)
    await engine.sync.now()
    if (text === has) backup = server.backup()
  }
  await server.append([noted('theirs', 'mon')], { id: THEIRS })
  await engine.sync.now()
  server.instead = away
  await engine.append(prepared(noted('waits', 'mon'), { id: WAITING, expectedVersion: 6 }))
  if (has === 'nothing') server.reset()
  else server.restore(backup, { newEpochs })
  server.instead = undefined
}

const actions: Readonly<Record<string, Action>> = {
  append: { run: ({ append }) => append(3, 'new'), ends: [['first'], ['first', 'new']] },
  ack: {
    prepare: async ({ server, append }) => {
      server.instead = away
      await append(3, 'new')
      server.instead = undefined
    },
    run: sync,
    ends: [['first', 'new']],
  },
  'pull-apply': {
    prepare: ({ server }) => {
      // What comes is found by the exchange, not by a poke.
      server.refusesStreams = 0
      server.breakStreams()
      return server.append([noted('theirs', 'mon'), noted('too', 'mon')])
    },
    run: sync,
    ends: [['first', 'theirs', 'too']],
  },
  'dead-letter move': {
    prepare: async ({ server, append }) => {
      server.instead = away
      await append(3, 'wrong too')
      await append(4, 'good')
      server.instead = undefined
    },
    run: sync,
    ends: [['first', 'good']],
  },
  retry: {
    prepare: pendingLetter,
    run: ({ engine, server }) => {
      server.rules = []
      server.instead = undefined
      return engine.deadLetters.retry(uuid(2))
    },
    ends: [
      ['first', 'behind'],
      ['first', 'wrong one', 'behind'],
      ['first', 'behind', 'wrong one'],
    ],
  },
  amend: {
    prepare: pendingLetter,
    run: ({ engine, server }) => {
      server.instead = undefined
      return engine.deadLetters.amend(uuid(2), prepared(noted('mended', 'mon'), { id: uuid(9) }))
    },
    ends: [
      ['first', 'behind'],
      ['first', 'mended', 'behind'],
      ['first', 'behind', 'mended'],
    ],
  },
  restore: {
    ...restored,
    prepare: async (world) => {
      await lose(world, 'three', false)
      // What stays and what goes lie in one segment.
      await world.engine.maintenance.compactAll()
    },
    confirmed: [1, 3, 4, 5].map(uuid),
  },
  'putting in place what is missing': {
    prepare: async ({ engine, disk, append, clock }) => {
      for (const [index, text] of MADE.entries()) {
        await append(index + 3, text)
        await engine.sync.now()
      }
      for (const key of [2, 3]) disk.confirmed.delete(key)
      await engine.maintenance.verify()
      await clock.advance(10)
    },
    run: async ({ engine, clock }) => {
      await engine.sync.now()
      await clock.advance(100)
    },
    isHoled: true,
    stride: thorough(1, 5),
    confirmed: [1, 5, 6].map(uuid),
    ends: [['first', ...MADE]],
  },
  'restore of nothing': {
    ...restored,
    prepare: (world) => lose(world, 'nothing'),
    stride: thorough(1, 13),
    confirmed: [],
  },
  discard: {
    prepare: pendingLetter,
    run: ({ engine, server }) => {
      server.instead = undefined
      return engine.deadLetters.discard(uuid(2), 'given up')
    },
    ends: [['first', 'behind']],
  },
}

/** What is really on the disk, and whether it holds together. */
async function check({ disk, checkpoints }: StorageWorld, action: Action, isOver = false): Promise<string[]> {
  const { confirmed: acked = [uuid(1)], kept = acked } = action
  const store = await openStore({ disk, authority: 'server' })
  let segments = await store.readConfirmed(0, 1000)
  // The tab that is looked at may go on meanwhile.
  for (await store.refresh(); (segments.at(-1)?.last ?? 0) !== store.known.head; await store.refresh())
    segments = await store.readConfirmed(0, 1000)
  const confirmed = segments.flatMap(recordedInSegment)
  const pending = store.known.pending.records.flatMap(recordedInPending)
  // Head = the greatest position, and none is missing.
  if (action.isHoled !== true || isOver) {
    expect(confirmed.map(({ position }) => position)).toEqual(confirmed.map((_, index) => index + 1))
    expect(store.known.head).toBe(confirmed.length)
  }
  // Applied ids are unique, and each commit stands in one place.
  const applied = [...confirmed, ...pending].map(({ id }) => id)
  expect(new Set(applied).size).toBe(applied.length)
  const letters = [...store.known.deadLetters.keys()]
  const outbox = store.known.pending.records.map(({ id }) => id)
  const commits = segments.flatMap((segment) => segment.commits.ids)
  const places = [...commits, ...outbox, ...letters]
  expect(new Set(places).size).toBe(places.length)
  expect(places).toEqual(expect.arrayContaining([...kept]))
  // Acked, never back in the outbox, and still there.
  expect(commits).toEqual(expect.arrayContaining([...acked]))
  for (const id of commits) expect(outbox).not.toContain(id)
  // Projections ≤ log. What was folded over a log that was set back is void, however long it was; what tabs make of it is looked at in the end.
  if (store.known.meta.turns === undefined)
    for (const { name, version } of [journal, byDay]) {
      const { stored } = await checkpoints.load(name, version)
      expect(stored?.head.position ?? 0).toBeLessThanOrEqual(store.known.head)
    }
  await store.close()
  return [...confirmed, ...pending].map(({ data }) => (data as { text: string }).text)
}

/** @returns what failed; undefined when the action was over before its n-th operation */
async function runOnce(action: Action, nth: number, fault: StorageFaultKind, crashes: boolean) {
  const world = await storageWorld()
  await action.prepare?.(world)
  const { clock, engine, storage, server, open } = world
  storage.failNext(nth, fault)
  const running = action.run(world).then(
    () => 'done',
    (error: unknown) => (isLarderError(error) ? error.code : String(error)),
  )
  const answer = fault === 'hang' ? await inTime(world, running) : await running
  const { failed } = storage
  const texts = await check(world, action)
  const shown = (await engine.get(journal.name, '', 'all').catch(() => [])) as readonly string[]
  // No screen shows more than there is, whatever goes on meanwhile; but what was folded before it was lost.
  const there = action.isHoled === true ? MADE : []
  expect([...texts, ...(await check(world, action)), ...there]).toEqual(expect.arrayContaining([...shown]))
  expect(new Set(shown).size).toBe(shown.length)
  expect(answer).toMatch(/^(done|storage-failed|storage-unavailable|storage-timeout)$/)
  // The tab dies there, or goes on.
  storage.failAt = undefined
  if (crashes) {
    storage.outage = deadTab
    engine.sync.stop()
    engine.maintenance.stop()
  }
  const tab = crashes ? await open() : engine
  await clock.advance(600_000)
  await tab.sync.now()
  await clock.advance(100)
  const ended = await check(world, action, true)
  expect([tab.known.pending.records.length, await server.texts()]).toEqual([0, ended])
  expect(action.ends).toContainEqual(ended)
  // What was said to be done is.
  if (answer === 'done') expect(ended).toHaveLength(Math.max(...action.ends.map(({ length }) => length)))
  expect(await tab.get(journal.name, '', 'all')).toEqual(ended)
  expect(await tab.get(byDay.name, 'mon', 'all')).toEqual(ended)
  const noted = [...world.disk.tables.quarantine.records.values()]
  expect(noted.map(({ id, repairedAt }) => [id, repairedAt !== undefined])).toEqual(
    action.isHoled === true ? [['confirmed:3', true]] : [],
  )
  if (!crashes) await engine.close()
  else await tab.close()
  return failed
}

/** Nobody waits for ever for a storage that hangs, and it is called degraded where that was the storage's own transaction. When it answers after all, it answers nobody. */
async function inTime({ clock, storage }: StorageWorld, running: Promise<string>): Promise<string> {
  let answer: string | undefined
  void running.then((told) => {
    answer = told
  })
  for (let seconds = 0; answer === undefined && seconds < 120; seconds++) await clock.advance(1000)
  // What hangs later, in the background, is another run's.
  storage.failAt = undefined
  storage.release()
  // By then it was tried again.
  await clock.advance(60_000)
  return answer ?? 'hangs'
}

const deadTab = new LarderError('storage-failed', 'This tab is dead', {})

it.each(Object.keys(actions))(
  'C06: %s that fails at any storage operation, or dies there, leaves the log whole, and all ends well',
  async (name) => {
    const action = actions[name]
    if (action === undefined) throw new RangeError(name)
    const struck = new Set<string>()
    for (const [fault, outcome, first = 1] of action.sweeps ?? SWEEPS)
      for (let nth = first; ; nth += action.stride ?? STRIDE) {
        const failed = await runOnce(action, nth, fault, outcome === 'dies')
        if (failed === undefined) break
        struck.add(failed)
      }
    expect([...struck]).toEqual(expect.arrayContaining(['begin', 'get', 'put', 'commit', 'complete']))
  },
)
