import { beforeEach, describe, expect, it } from 'vitest'
import type { Larder } from '../../src/reactive/larder.ts'
import type { HandleContext, HandleOptions } from '../../src/reactive/larder-handlers.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import type { HandlerRecord } from '../../src/store/records.ts'
import { Device } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { Erased, Noted, noted, notes } from '../support/notes.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { Opened, Read, taskDomain, tasks } from '../support/tasks.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let device: Device

beforeEach(() => {
  clock = new VirtualClock()
  device = new Device(1, clock)
})

const recordOf = (name: string, on = device): Promise<HandlerRecord | undefined> =>
  openMemoryStorage(on.disk).transact('read', ['handlers'], (tx) => tx.get('handlers', name))

/** Registers a handler that notes what it is given, and fails at what it is told to. */
function follow(
  larder: Larder,
  options: { fails?: (text: string, context: HandleContext) => boolean } & Partial<HandleOptions> = {},
) {
  const { fails = () => false, ...rest } = options
  const seen: string[] = []
  const handler = larder.handle(
    Noted,
    async ({ data }, context) => {
      seen.push(data.text)
      if (fails(data.text, context)) throw new RangeError(`cannot do ${data.text}`)
    },
    { name: 'coach', ...rest },
  )
  return { seen, handler }
}

describe('a durable handler', () => {
  it('is given what is appended after it was registered, and after a reload what it has not handled yet', async () => {
    const a = await device.openTab()
    await a.append(noted('before'))
    const first = follow(a)
    await a.append([noted('one'), Erased({ text: 'x' }), noted('two')])
    await clock.advance(1000)
    expect(first.seen).toEqual(['one', 'two'])
    await first.handler.stop()
    await a.append(noted('three'))
    await clock.advance(1000)
    await a.close()
    const b = await device.openTab()
    const second = follow(b)
    await clock.advance(1000)
    expect([first.seen, second.seen]).toEqual([['one', 'two'], ['three']])
  })

  it.each(['origin', 'every-device'] as const)(
    'is not given what waited for the server when it was registered, once that is confirmed: scope %s',
    async (scope) => {
      const server = new SyncServer()
      server.instead = () => answer(503, '')
      const a = await device.openTab({ server })
      for (const text of ['1', '2', '3']) await a.append(noted(text))
      const { seen } = follow(a, { scope })
      await a.append(noted('4'))
      await clock.advance(1000)
      expect(seen).toEqual([])
      server.instead = undefined
      await clock.advance(600_000)
      expect(seen).toEqual(['4'])
      await a.close()
    },
  )

  it('begins at the start of the log where it is told to', async () => {
    const a = await device.openTab()
    for (let n = 1; n <= 700; n++) await a.append(noted(`${n}`))
    const { seen, handler } = follow(a, { from: 'start' })
    await clock.advance(1000)
    expect(seen).toEqual(Array.from({ length: 700 }, (_, index) => `${index + 1}`))
    await handler.ready
    expect(await recordOf('coach')).toMatchObject({ finished: [], failing: [], term: 1 })
  })

  it('takes a class, and several types', async () => {
    const a = await device.openTab()
    const seen: string[] = []
    class Coach {
      readonly eventTypes = [Noted, Erased] as const
      async handle({ type, data }: { type: string; data: { text: string } }) {
        seen.push(`${type} ${data.text}`)
      }
    }
    a.handle(new Coach(), { name: 'coach' })
    await a.append([noted('x'), Erased({ text: 'x' })])
    await clock.advance(1000)
    expect(seen).toEqual(['Noted x', 'Erased x'])
  })

  it('keeps order per stream, and works on different streams beside each other, so many at a time', async () => {
    const a = await device.openTab()
    const seen: string[] = []
    let [running, most] = [0, 0]
    a.handle(
      Noted,
      async ({ stream, data }) => {
        most = Math.max(most, ++running)
        await new Promise<void>((resolve) => clock.after(data.text === 'slow' ? 500 : 10, resolve))
        running--
        seen.push(`${stream} ${data.text}`)
      },
      { name: 'coach', concurrency: 3 },
    )
    for (const stream of ['a', 'b', 'c', 'd', 'e'])
      await a.append([noted(stream === 'a' ? 'slow' : '1'), noted('2'), noted('3')], { stream })
    await clock.advance(2000)
    for (const stream of ['a', 'b', 'c', 'd', 'e'])
      expect(seen.filter((each) => each.startsWith(stream)).map((each) => each.slice(2))).toEqual([
        stream === 'a' ? 'slow' : '1',
        '2',
        '3',
      ])
    expect(seen.indexOf('a slow')).toBe(12)
    expect(most).toBe(3)
  })

  it('tries again what fails, after a pause, and holds up only its stream', async () => {
    const a = await device.openTab()
    const attempts: number[] = []
    const { seen } = follow(a, { fails: (text, { attempt }) => text === 'bad' && attempts.push(attempt) < 3 })
    await a.append([noted('bad'), noted('behind')], { stream: 's' })
    await a.append(noted('elsewhere'), { stream: 't' })
    await clock.advance(0)
    expect(seen).toEqual(['bad', 'elsewhere'])
    await clock.advance(60_000)
    expect([seen, attempts]).toEqual([
      ['bad', 'elsewhere', 'bad', 'bad', 'behind'],
      [1, 2, 3],
    ])
    expect(await a.deadLetters.list()).toEqual([])
  })

  it('makes a dead letter of what keeps failing, and goes on with its stream', async () => {
    const a = await device.openTab()
    const { seen } = follow(a, { fails: (text) => text === 'bad', retry: { attempts: 2 } })
    const { commitId, eventIds } = await a.append([noted('bad'), noted('behind')])
    await clock.advance(60_000)
    expect(seen).toEqual(['bad', 'bad', 'behind'])
    const [letter] = await a.deadLetters.list()
    expect(letter).toMatchObject({
      kind: 'handler',
      handler: 'coach',
      code: 'handler-failed',
      message: 'cannot do bad',
      attempts: 2,
      retryable: true,
      nextAttempt: undefined,
      commitId,
      events: [{ id: eventIds[0], type: 'Noted', data: { text: 'bad', days: [] } }],
    })
    expect(await a.deadLetters.stats()).toMatchObject({ total: 1, byKind: { handler: 1, commit: 0 } })
    await a.close()
    const again = follow(await device.openTab())
    await clock.advance(60_000)
    expect(again.seen).toEqual([])
  })

  it('does not begin to count anew when the page is reloaded between two attempts', async () => {
    const a = await device.openTab()
    const retry = { attempts: 8 }
    const first = follow(a, { fails: () => true, retry })
    await a.append(noted('bad'))
    // How often it was tried is stored a little later than it was.
    let stored = 0
    for (let turn = 0; turn < 50 && (stored === 0 || stored !== first.seen.length); turn++) {
      await clock.advance(10)
      stored = (await recordOf('coach'))?.failing[0]?.attempts ?? 0
    }
    const before = first.seen.length
    expect(stored).toBe(before)
    expect(before).toBeLessThan(retry.attempts)
    await a.close()
    const b = await device.openTab()
    const second = follow(b, { fails: () => true, retry })
    await clock.advance(3_600_000)
    expect(before + second.seen.length).toBe(retry.attempts)
    expect(await b.deadLetters.list()).toHaveLength(1)
  })

  it('ends an attempt that takes too long, and tells its signal', async () => {
    const a = await device.openTab()
    const aborted: string[] = []
    a.handle(
      Noted,
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted.push('told')
            reject(signal.reason)
          })
        }),
      { name: 'coach', timeoutMs: 1000, retry: { attempts: 1 } },
    )
    await a.append(noted('slow'))
    await clock.advance(2000)
    expect(aborted).toEqual(['told'])
    expect(await a.deadLetters.list()).toMatchObject([{ kind: 'handler', code: 'timeout', attempts: 1 }])
  })

  it('that is stopped and registered again at once does not run twice at a time', async () => {
    const a = await device.openTab()
    const seen: string[] = []
    const register = (name: string) =>
      a.handle(
        Noted,
        async () => {
          seen.push(`${name} begins`)
          await new Promise<void>((resolve) => clock.after(1000, resolve))
          seen.push(`${name} ends`)
        },
        { name: 'coach' },
      )
    const first = register('first')
    await a.append([noted('x'), noted('y')])
    await clock.advance(10)
    const stopped = first.stop()
    register('second')
    await clock.advance(1500)
    await stopped
    await clock.advance(5000)
    expect(seen).toEqual(['first begins', 'first ends', 'second begins', 'second ends'])
  })

  it('writes its progress in batches, and keeps it small while one event takes long', async () => {
    const a = await device.openTab()
    let letGo = (): void => undefined
    a.handle(
      Noted,
      ({ data }) =>
        data.text === 'slow'
          ? new Promise<void>((resolve) => {
              letGo = resolve
            })
          : undefined,
      { name: 'coach' },
    )
    await a.append(noted('slow'), { stream: 'slow' })
    for (let n = 0; n < 50; n++)
      await a.append(
        Array.from({ length: 100 }, () => noted('fast')),
        { stream: `s${n}` },
      )
    await clock.advance(60_000)
    const held = await recordOf('coach')
    expect(held?.finished.length).toBeGreaterThan(900)
    expect(held?.finished.length).toBeLessThan(2500)
    letGo()
    await clock.advance(60_000)
    expect((await recordOf('coach'))?.finished).toEqual([])
  })

  it('keeps no append waiting, however slow it is', async () => {
    const a = await device.openTab()
    a.handle(Noted, () => new Promise(() => undefined), { name: 'coach' })
    await a.append(noted('x'))
    await clock.advance(10)
    await a.append(noted('y'))
    await a.close()
    expect(clock.waiting).toBe(0)
  })

  it('is refused where it is not what it has to be', async () => {
    const a = await device.openTab({ domain: notes })
    const untyped = <T>(value: unknown): T => value as T
    follow(a)
    const refused: [string, () => unknown][] = [
      ['name', () => a.handle(Noted, () => undefined, untyped({}))],
      ['name', () => a.handle(Noted, () => undefined, { name: '' })],
      ['name', () => follow(a)],
      ['options', () => a.handle(Noted, () => undefined, untyped(undefined))],
      ['types', () => a.handle(untyped<typeof Noted>('Noted'), () => undefined, { name: 'x' })],
      ['handler', () => a.handle(Noted, untyped(3), { name: 'x' })],
      ['concurrency', () => a.handle(Noted, () => undefined, { name: 'x', concurrency: 0 })],
      ['retry', () => a.handle(Noted, () => undefined, { name: 'x', retry: { attempts: 0 } })],
      ['when', () => a.handle(Noted, () => undefined, { name: 'x', when: untyped('soon') })],
      ['timeoutMs', () => a.handle(Noted, () => undefined, { name: 'x', timeoutMs: 0 })],
    ]
    for (const [argument, work] of refused)
      expect(await failureOf(work)).toMatchObject({ code: 'argument', details: { argument } })
    await a.close()
    expect(await failureOf(() => follow(a))).toMatchObject({ code: 'closed' })
  })
})

describe('what a handler appends', () => {
  it('is stored once, says what caused it, and is not stored again by a rerun, whatever that says', async () => {
    const a = await device.openTab()
    let runs = 0
    const ids: string[] = []
    a.handle(
      Noted,
      async (event, context) => {
        if (event.metadata.causationId !== undefined) return
        const first = await context.append(noted(`answer ${++runs}`), { stream: 'answers' })
        const second = await context.append([noted('b'), noted('c')], { stream: 'answers' })
        ids.push(first.commitId, ...first.eventIds, second.commitId, ...second.eventIds)
        if (runs < 3) throw new Error('after it had appended')
      },
      { name: 'coach' },
    )
    const { eventIds, commitId } = await a.append(noted('question'), { metadata: { userId: 'ann' } })
    await clock.advance(60_000)
    expect(runs).toBe(3)
    const { events } = await a.events({ stream: 'answers', types: [Noted] })
    expect(events.map(({ data }) => data.text)).toEqual(['answer 1', 'b', 'c'])
    expect(events[0]?.metadata).toEqual({ causationId: eventIds[0], correlationId: commitId })
    expect(ids.slice(5)).toEqual([...ids.slice(0, 5), ...ids.slice(0, 5)])
    expect(new Set(ids).size).toBe(5)
  })

  it('carries the correlation on, and what it is given itself wins', async () => {
    const a = await device.openTab()
    a.handle(
      Erased,
      (_, context) => context.append(noted('x'), { metadata: { userId: 'bot', correlationId: 'mine' } }),
      { name: 'one' },
    )
    a.handle(Erased, (_, context) => context.append(noted('y')), { name: 'two' })
    await a.append(Erased({ text: 'x' }), { metadata: { correlationId: 'c-1' } })
    await clock.advance(1000)
    const { events } = await a.events({ types: [Noted] })
    const about = new Map(events.map(({ data, metadata }) => [data.text, metadata]))
    expect(about.get('x')).toMatchObject({ userId: 'bot', correlationId: 'mine' })
    expect(about.get('y')).toMatchObject({ correlationId: 'c-1' })
  })

  it('is checked as any append is', async () => {
    const a = await device.openTab()
    const codes: unknown[] = []
    a.handle(
      Erased,
      async (_, context) => {
        codes.push((await failureOf(() => context.append([]))).code)
        codes.push((await failureOf(() => context.append(null as never))).code)
      },
      { name: 'one' },
    )
    await a.append(Erased({ text: 'x' }))
    await clock.advance(1000)
    expect(codes).toEqual(['commit-empty', 'argument'])
  })
})

describe('what a handler has an aggregate do', () => {
  it('is done once, says what caused it, and is not done again by a rerun, whatever that says', async () => {
    const a = await device.openTab({ domain: taskDomain })
    const receipts: (readonly [commitId: string, events: number])[] = []
    let runs = 0
    a.handle(
      Read,
      async (_, context) => {
        const list = context.execute(tasks, runs === 1 ? 'b' : 'a', { metadata: { userId: 'bot' } })
        runs++
        for (const title of [`run ${runs}`, 'next']) {
          const { commitId, eventIds } = await list.open({ title })
          receipts.push([commitId, eventIds.length])
        }
        if (runs < 3) throw new Error('after it had')
      },
      { name: 'coach' },
    )
    const { eventIds, commitId } = await a.append(Read({}, { stream: 'reads' }))
    await clock.advance(60_000)
    expect(runs).toBe(3)
    const { events } = await a.events({ types: [Opened] })
    expect(events.map(({ data, stream }) => [stream, data.title])).toEqual([
      ['tasks-a', 'run 1'],
      ['tasks-a', 'next'],
    ])
    expect(events[0]?.metadata).toEqual({ causationId: eventIds[0], correlationId: commitId, userId: 'bot' })
    const ids = receipts.map(([id]) => id)
    expect(ids).toEqual([...ids.slice(0, 2), ...ids.slice(0, 2), ...ids.slice(0, 2)])
    expect(new Set(ids).size).toBe(2)
  })

  it('is refused as any command is', async () => {
    const a = await device.openTab({ domain: taskDomain })
    const codes: unknown[] = []
    a.handle(
      Read,
      async (_, context) => {
        codes.push((await failureOf(() => context.execute(tasks, 'a').finish('none'))).code)
        codes.push((await failureOf(() => context.execute(tasks, 'a').open({ title: '' }))).code)
      },
      { name: 'coach' },
    )
    await a.append(Read({}, { stream: 'reads' }))
    await clock.advance(1000)
    expect(codes).toEqual(['refused', 'validation'])
  })
})

describe('in a store that syncs, a handler', () => {
  let server: SyncServer
  let other: Device

  beforeEach(() => {
    server = new SyncServer()
    other = new Device(2, clock)
  })

  it('waits until an event is confirmed, unless it is told to go by what is stored', async () => {
    const a = await device.openTab({ server })
    const confirmed = follow(a, { name: 'confirmed' })
    const stored = follow(a, { name: 'stored', when: 'stored' })
    server.instead = () => answer(503, '')
    await a.append(noted('x'))
    await clock.advance(1000)
    expect([confirmed.seen, stored.seen]).toEqual([[], ['x']])
    server.instead = undefined
    await clock.advance(600_000)
    expect([confirmed.seen, stored.seen]).toEqual([['x'], ['x']])
  })

  it('runs on the device that made the event only, unless it is told to run on every one', async () => {
    const [a, b] = [await device.openTab({ server }), await other.openTab({ server })]
    await clock.advance(1000)
    const here = [follow(a), follow(a, { name: 'all', scope: 'every-device' })]
    const there = [follow(b), follow(b, { name: 'all', scope: 'every-device' })]
    await a.append(noted('x'))
    await clock.advance(120_000)
    expect(here.map(({ seen }) => seen)).toEqual([['x'], ['x']])
    expect(there.map(({ seen }) => seen)).toEqual([[], ['x']])
  })

  it('from now on a new device passes over what was on the server, and nothing that comes later or is its own', async () => {
    const a = await device.openTab({ server })
    for (let n = 0; n < 5; n++) await a.append(Array.from({ length: 300 }, (_, k) => noted(`old ${n} ${k}`)))
    await clock.advance(120_000)
    const b = await other.openTab({ server })
    server.instead = () => answer(503, '')
    const { seen } = follow(b, { scope: 'every-device' })
    await b.append(noted('made offline'))
    await clock.advance(1000)
    server.instead = undefined
    await clock.advance(600_000)
    expect(seen).toEqual(['made offline'])
    await a.append(noted('new'))
    await clock.advance(120_000)
    expect(seen).toEqual(['made offline', 'new'])
  })

  it('from now on passes over nothing that comes when the server had nothing', async () => {
    const b = await other.openTab({ server })
    const { seen } = follow(b, { scope: 'every-device' })
    await clock.advance(120_000)
    const a = await device.openTab({ server })
    await a.append(noted('first of all'))
    await clock.advance(120_000)
    expect(seen).toEqual(['first of all'])
  })

  it('does not handle a stored event again when it is confirmed, nor the rest of its outbox', async () => {
    const a = await device.openTab({ server })
    server.instead = () => answer(503, '')
    const first = follow(a, { when: 'stored' })
    for (const text of ['1', '2', '3']) await a.append(noted(text))
    await clock.advance(1000)
    await a.close()
    server.instead = undefined
    const b = await device.openTab({ server })
    const second = follow(b, { when: 'stored' })
    await clock.advance(600_000)
    await b.append(noted('4'))
    await clock.advance(600_000)
    expect([first.seen, second.seen]).toEqual([['1', '2', '3'], ['4']])
  })
})
