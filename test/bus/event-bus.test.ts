import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createEventBus, defineEvent, type HandlerFailure, type NewEvent } from '../../src/domain.ts'
import { failureOf } from '../support/failure.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const Logged = defineEvent('Logged', { schema: z.object({ n: z.number() }) })
const Removed = defineEvent('Removed', { schema: z.object({ n: z.number() }) })
const logged = (n: number) => Logged({ n })

/** Things that end when they are told to. */
class Gates {
  readonly #open = new Map<string, () => void>()

  wait(name: string): Promise<void> {
    return new Promise((resolve) => this.#open.set(name, resolve))
  }

  get waiting(): string[] {
    return [...this.#open.keys()]
  }

  async open(name: string): Promise<void> {
    this.#open.get(name)?.()
    this.#open.delete(name)
    await new VirtualClock().advance(0)
  }
}

describe('subscribing', () => {
  it('is for one type, several, or all, and each handler is given what it asked for, in the order of subscription', async () => {
    const bus = createEventBus()
    const seen: string[] = []
    bus.on(Logged, ({ data }) => seen.push(`one ${data.n}`))
    bus.on([Logged, Removed], ({ type, data }) => seen.push(`two ${type} ${data.n}`))
    bus.onAny(({ type }) => seen.push(`any ${type}`))
    expect(await bus.publish(logged(1))).toEqual({ delivered: 3, failed: [], pending: 0, stopped: false })
    expect((await bus.publish(Removed({ n: 2 }))).delivered).toBe(2)
    expect(seen).toEqual(['one 1', 'two Logged 1', 'any Logged', 'two Removed 2', 'any Removed'])
  })

  it('takes a handler class that says its types itself', async () => {
    const seen: number[] = []
    class Coach {
      readonly #factor = 10
      get eventTypes() {
        return [Logged, Removed] as const
      }
      async handle({ data }: NewEvent<string, { n: number }>) {
        seen.push(data.n * this.#factor)
      }
    }
    const bus = createEventBus()
    const leave = bus.on(new Coach())
    await bus.publish(logged(1))
    leave()
    await bus.publish(logged(2))
    expect(seen).toEqual([10])
  })

  it('ends at once: who is unsubscribed by a handler before it is not called any more', async () => {
    const bus = createEventBus()
    const seen: string[] = []
    bus.on(Logged, () => {
      seen.push('first')
      leave()
    })
    const leave = bus.on(Logged, () => seen.push('second'))
    bus.on(Logged, () => seen.push('third'))
    expect((await bus.publish(logged(1))).delivered).toBe(2)
    expect(seen).toEqual(['first', 'third'])
  })

  it('drops what waited for a handler that is unsubscribed', async () => {
    const bus = createEventBus()
    const gates = new Gates()
    const seen: number[] = []
    const leave = bus.on(
      Logged,
      ({ data }) => {
        seen.push(data.n)
        return gates.wait(`${data.n}`)
      },
      { concurrency: 1 },
    )
    const all = bus.publishBatch([logged(1), logged(2)])
    leave()
    await gates.open('1')
    expect((await all).map(({ delivered }) => delivered)).toEqual([1, 0])
    expect(seen).toEqual([1])
  })

  it('refuses what is no handler, no type and no limit', async () => {
    const bus = createEventBus()
    const untyped = <T>(value: unknown): T => value as T
    const refused: [string, () => unknown][] = [
      ['handler', () => bus.on(Logged, untyped(5))],
      ['types', () => bus.on(untyped<typeof Logged>('Logged'), () => undefined)],
      ['types', () => bus.on([], () => undefined)],
      ['concurrency', () => bus.on(Logged, () => undefined, { concurrency: 0 })],
      ['timeoutMs', () => bus.on(Logged, () => undefined, { timeoutMs: -1 })],
      ['clock', () => bus.on(Logged, () => undefined, { timeoutMs: 1 })],
      ['options', () => bus.on(Logged, () => undefined, untyped(3))],
      ['concurrency', () => bus.setConcurrency(1.5)],
      ['concurrency', () => createEventBus({ concurrency: Number.NaN })],
      ['middleware', () => bus.use(untyped(undefined))],
      ['event', () => bus.publishSync(untyped({ kind: 'x' }))],
      ['event', () => bus.publish(untyped(undefined))],
      ['events', () => bus.publishBatch(untyped(logged(1)))],
      ['event', () => bus.publishBatch([logged(1), untyped(null)])],
    ]
    for (const [argument, work] of refused)
      expect(await failureOf(work)).toMatchObject({ code: 'argument', details: { argument } })
  })
})

describe('a handler that fails', () => {
  it('keeps no other handler from the event, and is told of', async () => {
    const told: HandlerFailure[] = []
    const bus = createEventBus({ onError: (failure) => told.push(failure) })
    const seen: string[] = []
    const [thrown, rejected] = [new Error('thrown'), new Error('rejected')]
    bus.on(Logged, function first() {
      throw thrown
    })
    bus.on(Logged, async () => Promise.reject(rejected), { name: 'second' })
    bus.on(Logged, () => seen.push('third'))
    const { delivered, failed } = await bus.publish(logged(1))
    expect(delivered).toBe(1)
    expect(failed).toEqual([
      { event: logged(1), by: 'handler', name: 'first', error: thrown },
      { event: logged(1), by: 'handler', name: 'second', error: rejected },
    ])
    expect(told).toEqual(failed)
    expect(seen).toEqual(['third'])
  })

  it('that takes too long is told so by its signal, and gives its place to the next', async () => {
    const clock = new VirtualClock()
    const bus = createEventBus({ clock, timeoutMs: 100, concurrency: 1 })
    const reasons: unknown[] = []
    bus.on(Logged, (_, { signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason))
      return new Promise(() => undefined)
    })
    bus.on(Logged, () => 'well', { timeoutMs: 5 })
    const done = bus.publish(logged(1))
    await clock.advance(99)
    expect(reasons).toEqual([])
    await clock.advance(1)
    const { delivered, failed } = await done
    expect(delivered).toBe(1)
    expect(failed).toMatchObject([{ error: { code: 'timeout', details: { afterMs: 100, outcome: 'unknown' } } }])
    expect(reasons).toEqual([failed[0]?.error])
    expect(clock.waiting).toBe(0)
  })

  it('does not make its publisher fail when onError itself throws', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', note)
    const bus = createEventBus({
      onError: () => {
        throw new Error('told badly')
      },
    })
    bus.on(Logged, () => {
      throw new Error('x')
    })
    expect((await bus.publish(logged(1))).failed).toHaveLength(1)
    await new VirtualClock().advance(0)
    process.off('unhandledRejection', note)
    expect(unhandled).toMatchObject([{ message: 'told badly' }])
  })
})

describe('publishSync', () => {
  it('has called every handler when it returns, and answers for those that have ended', async () => {
    const bus = createEventBus()
    const gates = new Gates()
    bus.on(Logged, () => 1)
    bus.on(Logged, () => gates.wait('slow'))
    bus.on(Logged, () => {
      throw new RangeError('no')
    })
    const { delivered, pending, failed } = bus.publishSync(logged(1))
    expect([delivered, pending, failed.length, gates.waiting]).toEqual([1, 1, 1, ['slow']])
    await gates.open('slow')
  })

  it('passes through middleware that is an async function in the same turn', () => {
    const bus = createEventBus()
    const seen: number[] = []
    bus.use(async (event, next) => next(event))
    bus.on(Logged, ({ data }) => seen.push(data.n))
    expect(bus.publishSync(logged(1))).toEqual({ delivered: 1, failed: [], pending: 0, stopped: false })
    expect(seen).toEqual([1])
  })

  it('lets nothing that fails later go unseen', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', note)
    const bus = createEventBus()
    const gates = new Gates()
    bus.on(Logged, async () => {
      await gates.wait('x')
      throw new Error('later')
    })
    bus.publishSync(logged(1))
    await gates.open('x')
    process.off('unhandledRejection', note)
    expect(unhandled).toMatchObject([{ message: 'later' }])
  })
})

describe('middleware', () => {
  it('runs in order around the handlers, may change the event, and may be taken out', async () => {
    const bus = createEventBus()
    const seen: string[] = []
    bus.use(async (event, next) => {
      seen.push('a before')
      await next({ ...event, metadata: { userId: 'ann' } })
      seen.push('a after')
    })
    const leave = bus.use(async (event, next) => {
      seen.push(`b ${event.metadata?.userId}`)
      await next(event)
    })
    bus.on(Logged, async ({ metadata }) => {
      await Promise.resolve()
      seen.push(`handled ${metadata?.userId}`)
    })
    await bus.publish(logged(1))
    expect(seen).toEqual(['a before', 'b ann', 'handled ann', 'a after'])
    leave()
    seen.length = 0
    await bus.publish(logged(1))
    expect(seen).toEqual(['a before', 'handled ann', 'a after'])
  })

  it('may stop an event', async () => {
    const bus = createEventBus()
    const seen: number[] = []
    bus.use((event, next) => (event.type === 'Removed' ? undefined : next(event)))
    bus.on([Logged, Removed], ({ data }) => seen.push(data.n))
    expect(await bus.publish(Removed({ n: 1 }))).toEqual({ delivered: 0, failed: [], pending: 0, stopped: true })
    expect((await bus.publish(logged(2))).stopped).toBe(false)
    expect(seen).toEqual([2])
  })

  it('that fails, passes on twice, or passes on nothing is told of, and nobody else', async () => {
    const bus = createEventBus()
    const seen: number[] = []
    bus.on(Logged, ({ data }) => seen.push(data.n))
    const leave = bus.use(function broken() {
      throw new TypeError('broken')
    })
    expect(await bus.publish(logged(1))).toMatchObject({
      delivered: 0,
      stopped: false,
      failed: [{ by: 'middleware', name: 'broken', error: { message: 'broken' } }],
    })
    leave()
    const leaveTwice = bus.use(async (event, next) => {
      await next(event)
      await next(event)
    })
    expect(await bus.publish(logged(2))).toMatchObject({
      delivered: 1,
      failed: [{ by: 'middleware', error: { code: 'argument', details: { argument: 'next' } } }],
    })
    leaveTwice()
    bus.use((_, next) => next(undefined as unknown as NewEvent))
    expect((await bus.publish(logged(3))).failed).toMatchObject([{ error: { details: { argument: 'event' } } }])
    expect(seen).toEqual([2])
  })

  it('does not change the order of a batch, however long it takes for each', async () => {
    const clock = new VirtualClock()
    const bus = createEventBus()
    const seen: number[] = []
    bus.use(async (event, next) => {
      const { n } = event.data as { n: number }
      await new Promise<void>((resolve) => clock.after(100 - n * 10, resolve))
      await next(event)
    })
    bus.on(Logged, ({ data }) => seen.push(data.n))
    const batch = bus.publishBatch([1, 2, 3].map(logged))
    await clock.advance(1000)
    expect((await batch).map(({ delivered }) => delivered)).toEqual([1, 1, 1])
    expect(seen).toEqual([1, 2, 3])
  })
})

describe('limits', () => {
  it('hold over all handlers, and can be changed', async () => {
    const bus = createEventBus({ concurrency: 2 })
    const gates = new Gates()
    for (const name of ['a', 'b', 'c', 'd']) bus.on(Logged, () => gates.wait(name))
    const done = bus.publish(logged(1))
    expect(gates.waiting).toEqual(['a', 'b'])
    await gates.open('a')
    expect(gates.waiting).toEqual(['b', 'c'])
    bus.setConcurrency(5)
    expect(gates.waiting).toEqual(['b', 'c', 'd'])
    for (const name of ['b', 'c', 'd']) await gates.open(name)
    expect((await done).delivered).toBe(4)
  })

  it('hold for one handler, which keeps no other waiting', async () => {
    const bus = createEventBus()
    const gates = new Gates()
    bus.on(Logged, ({ data }) => gates.wait(`slow ${data.n}`), { concurrency: 1 })
    bus.on(Logged, ({ data }) => gates.wait(`fast ${data.n}`))
    const done = bus.publishBatch([1, 2].map(logged))
    await new VirtualClock().advance(0)
    expect(gates.waiting).toEqual(['slow 1', 'fast 1', 'fast 2'])
    for (const name of ['slow 1', 'fast 1', 'fast 2', 'slow 2']) await gates.open(name)
    expect((await done).map(({ delivered }) => delivered)).toEqual([2, 2])
  })

  it('keep nobody waiting for itself: who publishes and waits lends its place', async () => {
    const bus = createEventBus({ concurrency: 1 })
    const seen: string[] = []
    bus.on(
      Logged,
      async ({ data }, context) => {
        seen.push(`begins ${data.n}`)
        if (data.n < 3) await bus.publish(logged(data.n + 1))
        await Promise.resolve()
        if (data.n < 3) await context.publish(Removed({ n: data.n }))
        seen.push(`ends ${data.n}`)
      },
      { concurrency: 1 },
    )
    bus.on(Removed, ({ data }) => seen.push(`removed ${data.n}`), { concurrency: 1 })
    expect((await bus.publish(logged(1))).delivered).toBe(1)
    expect(seen).toEqual(['begins 1', 'begins 2', 'begins 3', 'ends 3', 'removed 2', 'ends 2', 'removed 1', 'ends 1'])
  })

  it('of 1 let the next begin while the one before waits for what it published, and never else', async () => {
    const bus = createEventBus()
    const gates = new Gates()
    const seen: string[] = []
    bus.on(
      Logged,
      async ({ data }, context) => {
        seen.push(`begins ${data.n}`)
        await gates.wait(`before ${data.n}`)
        await context.publish(Removed({ n: data.n }))
        seen.push(`goes on ${data.n}`)
        await gates.wait(`behind ${data.n}`)
      },
      { concurrency: 1 },
    )
    bus.on(Removed, ({ data }) => gates.wait(`removed ${data.n}`))
    const done = bus.publishBatch([1, 2, 3].map(logged))
    await new VirtualClock().advance(0)
    expect(gates.waiting).toEqual(['before 1'])
    await gates.open('before 1')
    expect(gates.waiting).toEqual(['removed 1', 'before 2'])
    // What it has waited for is there; its place is not.
    await gates.open('removed 1')
    expect(gates.waiting).toEqual(['before 2'])
    await gates.open('before 2')
    expect(gates.waiting).toEqual(['removed 2', 'behind 1'])
    await gates.open('removed 2')
    await gates.open('behind 1')
    expect(gates.waiting).toEqual(['behind 2'])
    for (const name of ['behind 2', 'before 3', 'removed 3', 'behind 3']) await gates.open(name)
    expect((await done).map(({ delivered }) => delivered)).toEqual([1, 1, 1])
    expect(seen).toEqual(['begins 1', 'begins 2', 'goes on 1', 'goes on 2', 'begins 3', 'goes on 3'])
  })

  it('of 1 keep everyone out until it has ended where it publishes synchronously', async () => {
    const bus = createEventBus()
    const gates = new Gates()
    bus.on(
      Logged,
      async ({ data }) => {
        bus.publishSync(Removed({ n: data.n }))
        await gates.wait(`one ${data.n}`)
      },
      { concurrency: 1 },
    )
    bus.on(Removed, ({ data }) => gates.wait(`removed ${data.n}`))
    const done = bus.publishBatch([1, 2].map(logged))
    await new VirtualClock().advance(0)
    expect(gates.waiting).toEqual(['removed 1', 'one 1'])
    await gates.open('removed 1')
    expect(gates.waiting).toEqual(['one 1'])
    await gates.open('one 1')
    expect(gates.waiting).toEqual(['removed 2', 'one 2'])
    await gates.open('removed 2')
    await gates.open('one 2')
    expect((await done).map(({ delivered }) => delivered)).toEqual([1, 1])
  })

  it('of 1 never have two handlers wait for each other', async () => {
    const bus = createEventBus()
    const seen: string[] = []
    for (const name of ['a', 'b'])
      bus.on(
        [Logged, Removed],
        async ({ type, data }, context) => {
          if (type === 'Logged') await context.publish(Removed({ n: data.n }))
          seen.push(`${name} ${type}`)
        },
        { concurrency: 1 },
      )
    expect((await bus.publish(logged(1))).delivered).toBe(2)
    expect(seen.sort()).toEqual(['a Logged', 'a Removed', 'a Removed', 'b Logged', 'b Removed', 'b Removed'])
  })

  it('let a handler publish synchronously too', async () => {
    const bus = createEventBus()
    const seen: string[] = []
    bus.on(Logged, ({ data }) => {
      seen.push(`a ${data.n}`)
      if (data.n < 2) bus.publishSync(logged(data.n + 1))
    })
    bus.on(Logged, ({ data }) => seen.push(`b ${data.n}`))
    await bus.publish(logged(1))
    expect(seen).toEqual(['a 1', 'b 1', 'a 2', 'b 2'])
  })
})

describe('closing', () => {
  it('ends what waits, tells what runs, and refuses what comes', async () => {
    const bus = createEventBus({ concurrency: 1 })
    const gates = new Gates()
    let signal: AbortSignal | undefined
    bus.on(Logged, (_, context) => {
      signal = context.signal
      return gates.wait('running')
    })
    const first = bus.publish(logged(1))
    const second = bus.publish(logged(2))
    bus.close()
    bus.close()
    expect((await second).failed).toMatchObject([{ by: 'bus', error: { code: 'closed' } }])
    expect(signal?.aborted).toBe(true)
    await gates.open('running')
    expect((await first).delivered).toBe(1)
    for (const late of [
      () => bus.publish(logged(3)),
      () => bus.publishSync(logged(3)),
      () => bus.publishBatch([logged(3)]),
    ])
      expect(await failureOf(late)).toMatchObject({ code: 'closed' })
    expect(bus.on(Logged, () => undefined)).toBeTypeOf('function')
  })
})
