import { beforeEach, describe, expect, it } from 'vitest'
import type { ViewUpdate } from '../../src/engine/view-hub.ts'
import { LocalLocks } from '../../src/platform/local-locks.ts'
import type { CheckpointStorage } from '../../src/projection/checkpoint-storage.ts'
import { failureOf } from '../support/failure.ts'
import { ProjectionDevice, type ProjectionTab, type TabOptions } from '../support/projection-tab.ts'
import { settled } from '../support/virtual-clock.ts'

let device: ProjectionDevice
beforeEach(() => {
  device = new ProjectionDevice()
})

const MON = { kind: 'key', key: 'mon' } as const
const texts = (count: number, version = 1) => Array.from({ length: count }, (_, n) => `${version} ${n}`)
const statesOf = (told: readonly ViewUpdate[]) => told.flatMap(({ states }) => states.map(([, state]) => state))

/** A log that takes several looks to read. */
async function fill(count = 60): Promise<void> {
  const writer = await device.open()
  for (let n = 0; n < count; n++) await writer.append(String(n), 'mon')
  await writer.state('mon')
  await writer.close()
}

const BESIDE = 'days\u0000beside'

/** A tab that is killed in the middle of what it folds: what it has stored until then is all that is left of it. */
async function killedAfter(ms: number, options: TabOptions, work: (tab: ProjectionTab) => void): Promise<void> {
  let isDead = false
  const { checkpoints } = device
  const own: CheckpointStorage = {
    load: (name, version) => checkpoints.load(name, version),
    want: (name, version) => checkpoints.want(name, version),
    forget: (name, version) => checkpoints.forget(name, version),
    save: (change) => (isDead ? new Promise(() => undefined) : checkpoints.save(change)),
    close: () => undefined,
  }
  // Its lock is let go of with it.
  const tab = await device.open({ readMs: 200, ...options, checkpoints: own, locks: new LocalLocks() })
  work(tab)
  await device.clock.advance(ms)
  isDead = true
  tab.kill()
}

describe('what a tab had folded when it was killed', () => {
  const rebuilt = (tab: ProjectionTab) => void tab.projector.rebuild('days').catch(() => undefined)
  const fold = (tab: ProjectionTab) => void tab.watch(MON)

  it('of a rebuild is gone on with by the next that looks, beside what is shown', async () => {
    await fill()
    await killedAfter(2500, {}, rebuilt)
    const { stored } = await device.checkpoints.load(BESIDE, 1)
    const done = stored?.head.position ?? 0
    expect(done).toBeGreaterThan(10)
    expect(done).toBeLessThan(60)
    const next = await device.open({ readMs: 200 })
    const told = next.watch(MON)
    await device.clock.advance(400)
    // What is shown never was in danger, and is there at once.
    expect(statesOf(told)).toEqual([texts(60)])
    await next.append('60', 'mon')
    await device.clock.advance(20_000)
    expect(statesOf(told).at(-1)).toEqual(texts(61))
    // The new one is folded on top of both.
    expect(next.folded).toBeGreaterThanOrEqual(61 - done)
    expect(next.folded).toBeLessThanOrEqual(61 - done + 2)
    expect(await device.checkpoints.load('days', 1)).toMatchObject({
      ...{ stored: { head: { build: 1, position: 61 }, states: [['mon', texts(61)]] }, wanted: 0 },
    })
    expect((await device.checkpoints.load(BESIDE, 1)).stored).toBeUndefined()
  })

  it('is saved once more by a tab that is closed in time', async () => {
    await fill()
    const tab = await device.open({ readMs: 200 })
    rebuilt(tab)
    await device.clock.advance(900)
    await tab.close()
    const done = (await device.checkpoints.load(BESIDE, 1)).stored?.head.position ?? 0
    expect(done).toBeGreaterThan(5)
    const next = await device.open()
    next.watch(MON)
    await device.clock.advance(1000)
    expect(next.folded).toBe(60 - done)
    expect((await device.checkpoints.load('days', 1)).stored?.head).toMatchObject({ build: 1, position: 60 })
  })

  it('is handed from tab to tab, as often as one is killed', async () => {
    await fill()
    await killedAfter(1500, {}, rebuilt)
    const seen: number[] = []
    for (let tab = 0; tab < 2; tab++) {
      seen.push((await device.checkpoints.load(BESIDE, 1)).stored?.head.position ?? 0)
      await killedAfter(1500, {}, fold)
    }
    expect(seen[0]).toBeGreaterThan(0)
    expect(seen[1]).toBeGreaterThan(seen[0] ?? 0)
    expect(seen[1]).toBeLessThan(60)
    const last = await device.open()
    last.watch(MON)
    await device.clock.advance(1000)
    expect((await device.checkpoints.load('days', 1)).stored).toMatchObject({
      ...{ head: { build: 1, position: 60 }, states: [['mon', texts(60)]] },
    })
  })

  it.each<[string, TabOptions, (tab: ProjectionTab) => void]>([
    ['somebody asks for a rebuild: functions may have been mended', {}, rebuilt],
    ['the next tab is of another version of the app', { app: 'notes 2' }, fold],
  ])('is folded again where %s', async (_, options, work) => {
    await fill()
    await killedAfter(2500, {}, rebuilt)
    expect((await device.checkpoints.load(BESIDE, 1)).stored).toBeDefined()
    const next = await device.open(options)
    work(next)
    await device.clock.advance(1000)
    expect(next.folded).toBe(60)
    expect((await device.checkpoints.load('days', 1)).stored?.head).toMatchObject({ build: 1, position: 60 })
    expect((await device.checkpoints.load(BESIDE, 1)).stored).toBeUndefined()
  })

  it('is folded again where a part of the log was replaced since', async () => {
    await fill()
    await killedAfter(2500, {}, rebuilt)
    const meta = device.disk.tables.meta.records.get('log')
    if (meta === undefined) throw new Error('There is no log')
    device.disk.tables.meta.put('log', { ...meta, repairs: 1 })
    const next = await device.open()
    await next.state('mon')
    await device.clock.advance(1000)
    expect(await next.state('mon')).toEqual(texts(60))
    expect(next.folded).toBe(60)
  })

  it('of a version that was raised is gone on with too; the one before it stays until then, and is shown', async () => {
    await fill()
    await killedAfter(2500, { version: 2, readMs: 700 }, fold)
    const done = (await device.checkpoints.load('days', 2)).stored?.head.position ?? 0
    expect(done).toBeGreaterThan(5)
    expect(done).toBeLessThan(60)
    const next = await device.open({ version: 2, showsOld: true, readMs: 700 })
    const told = next.watch(MON)
    await device.clock.advance(20_000)
    const shown = told.filter(({ states }) => states.length > 0)
    expect(shown.map(({ phase, states }) => [phase, states])).toEqual([
      ['rebuilding', [['mon', texts(60).map((line) => `old 1: ${line}`)]]],
      ['live', [['mon', texts(60, 2)]]],
    ])
    expect((await device.checkpoints.load('days', 1)).stored?.head.position).toBe(60)
    expect(told.at(-1)).toMatchObject({ phase: 'live', states: [['mon', texts(60, 2)]], progress: undefined })
    expect(next.folded).toBe(60 - done)
    const last = await device.open({ version: 2 })
    await last.state('mon')
    expect(last.folded).toBe(0)
    expect((await device.checkpoints.load('days', 1)).stored).toBeUndefined()
  })

  it('of a version that was raised is finished also where the tab was killed between its last event and its end', async () => {
    await fill()
    await killedAfter(2500, { version: 2, readMs: 700 }, fold)
    const { stored } = await device.checkpoints.load('days', 2)
    if (stored === undefined) throw new Error('Nothing was stored')
    const states = [['mon', texts(60, 2)]] as const
    const head = { ...stored.head, position: 60, mark: (await device.checkpoints.load('days', 1)).stored?.head.mark }
    await device.checkpoints.save({ expected: stored.head, next: head, states, replaces: true })
    const next = await device.open({ version: 2 })
    expect(await next.state('mon')).toEqual(texts(60, 2))
    await device.clock.advance(1000)
    expect((await device.checkpoints.load('days', 2)).stored?.head.isUnfinished).toBeUndefined()
    expect(next.folded).toBe(0)
  })
})

describe('a definition whose version was raised', () => {
  it('is built while a view says how far it is, and nothing is shown that is not known', async () => {
    await fill()
    const tab = await device.open({ version: 2, readMs: 20 })
    const told = tab.watch(MON)
    await device.clock.advance(1000)
    const last = told.at(-1)
    const before = told.slice(0, -1)
    expect(before.length).toBeGreaterThan(1)
    for (const update of before) expect(update).toMatchObject({ phase: 'rebuilding', states: [], progress: { of: 60 } })
    expect(before.map(({ progress }) => progress?.done)).toEqual(
      before.map(({ progress }) => progress?.done).toSorted((a, b) => (a ?? 0) - (b ?? 0)),
    )
    expect(last).toMatchObject({ phase: 'live', states: [['mon', texts(60, 2)]], progress: undefined })
  })

  it('shows what it makes of the earlier states meanwhile, where it can', async () => {
    await fill()
    const tab = await device.open({ version: 2, showsOld: true })
    const [told, range, untouched] = [
      tab.watch(MON),
      tab.watch({ kind: 'range', from: 'a', to: 'z' }),
      tab.watch({ kind: 'key', key: 'sun' }),
    ]
    await settled()
    const old = texts(60).map((line) => `old 1: ${line}`)
    expect(statesOf(told)).toEqual([old, texts(60, 2)])
    expect(statesOf(range)).toEqual([old, texts(60, 2)])
    expect(range.filter(({ isFirst }) => isFirst)).toHaveLength(1)
    // Nothing is known of it until it is built.
    expect(statesOf(untouched)).toEqual([[]])
    expect(told.find(({ states }) => states.length > 0)?.phase).toBe('rebuilding')
  })

  it('leaves the earlier version’s checkpoint to the tabs that use it, until it is built and opened again', async () => {
    await fill()
    const old = await device.open()
    await old.state('mon')
    const tab = await device.open({ version: 2 })
    await tab.state('mon')
    await tab.append('new', 'mon')
    expect(await old.state('mon')).toEqual([...texts(60), '1 new'])
    await device.clock.advance(1000)
    const [one, two] = [await device.checkpoints.load('days', 1), await device.checkpoints.load('days', 2)]
    expect([one.stored?.head.position, two.stored?.head.position]).toEqual([61, 61])
    const again = await device.open({ version: 2 })
    await again.state('mon')
    expect(again.folded).toBe(0)
    expect((await device.checkpoints.load('days', 1)).stored).toBeUndefined()
    // A tab of the old app that is open saves its states once more.
    for (const text of ['later', 'latest']) {
      await old.append(text, 'mon')
      await device.clock.advance(1000)
    }
    expect((await device.checkpoints.load('days', 1)).stored?.states).toEqual([
      ['mon', [...texts(60), '1 new', '1 later', '1 latest']],
    ])
  })
})

describe('a tab that is behind', () => {
  it('does not move a checkpoint back, also when it has been told what is stored', async () => {
    const slow = await device.open()
    await slow.state('mon')
    await slow.append('0', 'mon')
    const quick = await device.open()
    await quick.state('mon')
    await quick.append('1', 'mon')
    await quick.close()
    const stored = async () => (await device.checkpoints.load('days', 1)).stored
    const before = await stored()
    expect(before).toMatchObject({ head: { position: 2 }, states: [['mon', texts(2)]] })
    // Saves once and is refused, and tries again when it closes.
    await device.clock.advance(1000)
    await slow.close()
    expect(await stored()).toEqual(before)
  })
})

describe('a rebuild', () => {
  it('goes on beside the live states, which never go back, and keep up with what is appended', async () => {
    await fill()
    const tab = await device.open({ readMs: 20 })
    const told = tab.watch(MON)
    await device.clock.advance(1000)
    const rebuilding = tab.projector.rebuild('days')
    for (let n = 60; n < 80; n++) {
      await tab.append(String(n), 'mon')
      await device.clock.advance(17)
      expect(statesOf(told).at(-1)).toEqual(texts(n + 1))
    }
    await device.clock.advance(1000)
    await rebuilding
    await tab.append('80', 'mon')
    await device.clock.advance(20)
    const lengths = statesOf(told).map((state) => (state as string[]).length)
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b))
    expect(statesOf(told).at(-1)).toEqual(texts(81))
    expect(told.at(-1)?.phase).toBe('live')
    expect(told.slice(told.findIndex(({ phase }) => phase === 'live')).every(({ phase }) => phase === 'live')).toBe(
      true,
    )
    expect(told.some(({ progress }) => progress !== undefined)).toBe(true)
    expect(told.at(-1)?.progress).toBeUndefined()
  })

  it('never shows less, after whatever number of turns something is appended', async () => {
    for (let delay = 0; delay < 80; delay++) {
      device = new ProjectionDevice()
      await fill(10)
      const tab = await device.open()
      await tab.state('mon')
      const rebuilding = tab.projector.rebuild('days')
      for (let turn = 0; turn < delay; turn++) await Promise.resolve()
      await Promise.all([tab.append('10', 'mon'), rebuilding])
      await settled()
      expect(tab.projector.peek('days')?.state('mon', 'all')).toEqual(texts(11))
    }
  })

  it('folds every event again, and is what the next open begins with', async () => {
    await fill()
    const tab = await device.open()
    await tab.projector.rebuild('days')
    expect(tab.folded).toBe(60)
    const next = await device.open()
    expect(await next.state('mon')).toEqual(texts(60))
    expect(next.folded).toBe(0)
  })

  it('mends what was skipped or parked before evolve was mended', async () => {
    const broken = await device.open({ breaksAt: ['b'], onFault: 'park' })
    for (const text of ['a', 'b', 'c']) await broken.append(text, 'mon')
    await broken.append('d', 'tue')
    expect(await failureOf(() => broken.state('mon'))).toMatchObject({ code: 'projection-faulted' })
    expect(await broken.state('tue')).toEqual(['1 d'])
    await broken.close()
    const mended = await device.open({ onFault: 'park' })
    const told = mended.watch(MON)
    await device.clock.advance(20)
    expect(told.at(-1)).toMatchObject({ fault: { code: 'projection-faulted' }, states: [['mon', ['1 a']]] })
    await mended.projector.rebuild('days')
    await device.clock.advance(20)
    expect(told.at(-1)).toMatchObject({ fault: undefined, states: [['mon', ['1 a', '1 b', '1 c']]] })
  })

  it('that stops at an event leaves what is shown where that is better, and says so', async () => {
    await fill(5)
    const worse = await device.open({ breaksAt: ['3'] })
    expect(await worse.state('mon')).toEqual(texts(5))
    expect(await failureOf(() => worse.projector.rebuild('days'))).toMatchObject({ code: 'projection-faulted' })
    expect(await worse.state('mon')).toEqual(texts(5))
  })

  it('of a projection that stopped begins again, and says that it stopped again', async () => {
    const tab = await device.open({ breaksAt: ['b'] })
    const told = tab.watch(MON)
    for (const text of ['a', 'b', 'c']) await tab.append(text, 'mon')
    await device.clock.advance(20)
    expect(await failureOf(() => tab.projector.rebuild('days'))).toMatchObject({ code: 'projection-faulted' })
    expect(told.at(-1)).toMatchObject({ fault: { code: 'projection-faulted' } })
  })

  it('over a log with a hole does not take away what was folded before', async () => {
    await fill(5)
    const tab = await device.open()
    expect(await tab.state('mon')).toEqual(texts(5))
    const segment = device.disk.confirmed.records.get(3)
    if (segment !== undefined) device.disk.confirmed.records.set(3, { ...segment, checksum: 7 })
    expect(await failureOf(() => tab.projector.rebuild('days'))).toMatchObject({ code: 'storage-damaged' })
    expect(await tab.state('mon')).toEqual(texts(5))
  })

  it('is taken over by the other tabs, which go on from it, and never write over it', async () => {
    await fill()
    const [one, two] = [await device.open(), await device.open()]
    await two.state('mon')
    await one.projector.rebuild('days')
    await settled()
    expect(two.folded).toBe(0)
    await two.append('60', 'mon')
    await device.clock.advance(1000)
    const { stored } = await device.checkpoints.load('days', 1)
    expect(stored).toMatchObject({ head: { build: 1, position: 61 }, states: [['mon', texts(61)]] })
  })

  it('is heard of with the next save where no tab said so', async () => {
    await fill()
    const [one, two] = [await device.open(), await device.open()]
    await two.state('mon')
    device.tabs.delete(two)
    await one.projector.rebuild('days')
    await two.append('60', 'mon')
    await device.clock.advance(1000)
    expect((await device.checkpoints.load('days', 1)).stored?.head).toMatchObject({ build: 1, position: 60 })
    await two.append('61', 'mon')
    await device.clock.advance(1000)
    expect((await device.checkpoints.load('days', 1)).stored?.head).toMatchObject({ build: 1, position: 62 })
  })

  it('is done once where two tabs ask for it at the same time', async () => {
    await fill()
    const [one, two] = [await device.open(), await device.open()]
    await Promise.all([one.projector.rebuild('days'), two.projector.rebuild('days'), one.projector.rebuild('days')])
    expect([one.folded + two.folded, await one.state('mon'), await two.state('mon')]).toEqual([
      60,
      texts(60),
      texts(60),
    ])
  })

  it('is begun again by the next tab when its own is killed, beside what was stored before', async () => {
    await fill()
    const never: CheckpointStorage = {
      load: (name, version) => device.checkpoints.load(name, version),
      want: (name, version) => device.checkpoints.want(name, version),
      forget: () => Promise.resolve(),
      // Killed before it is done.
      save: () => new Promise(() => undefined),
      close: () => undefined,
    }
    // Its lock is let go of with it.
    const killed = await device.open({ checkpoints: never, locks: new LocalLocks() })
    void killed.projector.rebuild('days')
    await settled()
    killed.kill()
    expect(await device.checkpoints.load('days', 1)).toMatchObject({ stored: { head: { build: 0 } }, wanted: 1 })
    const next = await device.open()
    const told = next.watch(MON)
    await settled()
    expect(statesOf(told)[0]).toEqual(texts(60))
    expect(next.folded).toBe(60)
    expect(await device.checkpoints.load('days', 1)).toMatchObject({ stored: { head: { build: 1 } }, wanted: 0 })
  })

  it('ends, with a reason, where the tab is closed meanwhile', async () => {
    await fill()
    const tab = await device.open()
    const failure = failureOf(() => tab.projector.rebuild('days'))
    await Promise.resolve()
    await tab.close()
    expect((await failure).code).toBe('closed')
  })
})
