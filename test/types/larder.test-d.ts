import type { Observable } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import {
  defineEvent,
  defineProjection,
  isLarderError,
  LarderError,
  type LarderErrorCode,
  type RecordedEvent,
} from '../../src/domain.ts'
import type { AppendAllProgress, BackupProgress, Larder, Receipt, ViewState } from '../../src/index.ts'

declare const larder: Larder

interface Day {
  readonly kcal: number
}

const Logged = defineEvent('Logged', { schema: z.object({ day: z.string(), kcal: z.number() }) })
const Removed = defineEvent('Removed', { schema: z.object({ meal: z.string() }) })
const evolve = { Logged: (state: Day) => state }
const initial = (): Day => ({ kcal: 0 })
const total = defineProjection('total', { version: 1, events: [Logged], initial, evolve })
const byDay = defineProjection('byDay', { version: 1, events: [Logged], key: ({ data }) => data.day, initial, evolve })

describe('append', () => {
  it('takes one event or several, and answers a receipt', () => {
    expectTypeOf(larder.append(Logged({ day: 'mon', kcal: 1 }))).toEqualTypeOf<Promise<Receipt>>()
    void larder.append([Logged({ day: 'mon', kcal: 1 }), Removed({ meal: 'm' })], { stream: 's' })
    // @ts-expect-error data is no event
    void larder.append({ day: 'mon', kcal: 1 })
    // @ts-expect-error a definition is no event
    void larder.append(Logged)
  })

  it('takes every way to say what a stream has to look like, and no other', () => {
    const event = Logged({ day: 'mon', kcal: 1 })
    for (const expectedVersion of ['any', 'noStream', 'streamExists', 3] as const)
      void larder.append(event, { expectedVersion })
    void larder.append(event, { expectedVersion: { a: 1, b: 'noStream' } })
    // @ts-expect-error misspelt
    void larder.append(event, { expectedVersion: 'nostream' })
    // @ts-expect-error misspelt
    void larder.append(event, { expectVersion: 3 })
  })

  it('settles as one of what can become of a commit', () => {
    expectTypeOf<Awaited<ReturnType<Receipt['settled']>>>().toEqualTypeOf<
      'confirmed' | 'rejected' | 'pending' | 'discarded' | 'replaced'
    >()
  })
})

describe('reading', () => {
  it('knows the state of a projection', () => {
    expectTypeOf(larder.view(total)).toEqualTypeOf<Observable<Day>>()
    expectTypeOf(larder.view(byDay, 'mon')).toEqualTypeOf<Observable<Day>>()
    expectTypeOf(larder.get(total)).toEqualTypeOf<Promise<Day>>()
    expectTypeOf(larder.get(byDay, 'mon', { layer: 'confirmed' })).toEqualTypeOf<Promise<Day>>()
    expectTypeOf(larder.viewState(byDay, 'mon')).toEqualTypeOf<Observable<ViewState<Day>>>()
    expectTypeOf(larder.viewRange(byDay, { from: 'a', to: 'b' })).toEqualTypeOf<Observable<ReadonlyMap<string, Day>>>()
  })

  it('knows it at an earlier moment too, says how it stands, and waits for a commit', async () => {
    expectTypeOf(larder.stateAt(total, { position: 3 })).toEqualTypeOf<Promise<Day>>()
    expectTypeOf(larder.stateAt(byDay, 'mon', { time: '2026-11-23' })).toEqualTypeOf<Promise<Day>>()
    // @ts-expect-error which day?
    void larder.stateAt(byDay, { position: 3 })
    // @ts-expect-error there is one state
    void larder.stateAt(total, 'mon', { position: 3 })
    // @ts-expect-error either or
    void larder.stateAt(total, { position: 3, time: '2026-11-23' })
    // @ts-expect-error a time is text
    void larder.stateAt(total, { time: new Date() })
    expectTypeOf<ViewState<Day>['phase']>().toEqualTypeOf<'loading' | 'rebuilding' | 'live' | 'faulted'>()
    const receipt = await larder.append(Logged({ day: 'mon', kcal: 1 }))
    expectTypeOf(larder.whenProcessed(byDay, receipt, { timeoutMs: 5 })).toEqualTypeOf<Promise<void>>()
    expectTypeOf(larder.rebuild(total, { onProgress: ({ done, of }) => done / of })).toEqualTypeOf<Promise<void>>()
    // @ts-expect-error no projection
    void larder.rebuild('total')
  })

  it('asks for a key where there is one per key, and for none where there is one state', () => {
    // @ts-expect-error which day?
    void larder.view(byDay)
    // @ts-expect-error which day?
    void larder.get(byDay, { layer: 'confirmed' })
    // @ts-expect-error there is one state
    void larder.view(total, 'mon')
    // @ts-expect-error there is one state
    larder.viewRange(total, { from: 'a', to: 'b' })
    // @ts-expect-error no such layer
    void larder.view(total, { layer: 'pending' })
    // @ts-expect-error a key is text
    void larder.view(byDay, 5)
  })

  it('types events by the types that were asked for', async () => {
    const { events, next } = await larder.events({ types: [Logged, Removed], limit: 10 })
    expectTypeOf(next).toEqualTypeOf<string | undefined>()
    const [event] = events
    if (event === undefined) return
    expectTypeOf(event.position).toEqualTypeOf<number | undefined>()
    expectTypeOf(event.type).toEqualTypeOf<'Logged' | 'Removed'>()
    if (event.type === 'Logged') expectTypeOf(event.data).toExtend<{ day: string; kcal: number }>()
    else expectTypeOf(event.data).toExtend<{ meal: string }>()
    const all = await larder.events()
    expectTypeOf(all.events).toExtend<readonly RecordedEvent[]>()
    // @ts-expect-error types are definitions
    void larder.events({ types: ['Logged'] })
  })
})

describe('events$', () => {
  it('are typed by the types that were asked for', () => {
    larder.events$({ types: [Logged, Removed] }).subscribe((event) => {
      expectTypeOf(event.cursor).toEqualTypeOf<string>()
      expectTypeOf(event.type).toEqualTypeOf<'Logged' | 'Removed'>()
      if (event.type === 'Logged') expectTypeOf(event.data).toExtend<{ day: string; kcal: number }>()
      else expectTypeOf(event.data).toExtend<{ meal: string }>()
    })
    // @ts-expect-error types are definitions
    larder.events$({ types: ['Logged'] })
  })
})

describe('events', () => {
  it('are a page where they are awaited, and one after the other where they are iterated over', async () => {
    const found = larder.events({ types: [Logged] })
    expectTypeOf((await found).next).toEqualTypeOf<string | undefined>()
    for await (const event of found) {
      expectTypeOf(event.type).toEqualTypeOf<'Logged'>()
      expectTypeOf(event.data).toExtend<{ day: string; kcal: number }>()
    }
  })

  it('come to the filter with the types that were asked for', () => {
    void larder.events({
      types: [Logged, Removed],
      filter: (event) => (event.type === 'Logged' ? event.data.kcal > 100 : event.data.meal !== ''),
    })
    void larder.events({ filter: (event) => event.position === undefined })
    // @ts-expect-error no such field
    void larder.events({ types: [Logged], filter: (event) => event.data.meal === '' })
    // @ts-expect-error neither yes nor no
    void larder.events({ types: [Logged], filter: (event) => event.data.kcal })
  })
})

describe('much at once', () => {
  it('takes events from whatever gives them one by one', () => {
    async function* later() {
      yield Logged({ day: 'mon', kcal: 1 })
    }
    expectTypeOf(larder.appendAll(later())).resolves.toEqualTypeOf<AppendAllProgress>()
    void larder.appendAll(new Set([Removed({ meal: 'm' })]), { id: 'x', onProgress: ({ events }) => events.toFixed() })
    // @ts-expect-error one event is none
    void larder.appendAll(Logged({ day: 'mon', kcal: 1 }))
    // @ts-expect-error a batch expects nothing
    void larder.appendAll([], { expectedVersion: 1 })
  })

  it('gives a backup as a stream that a file can be made of, and takes one that a file gives', () => {
    const response = new Response(larder.backup.export().pipeThrough(new CompressionStream('gzip')))
    void larder.backup.import(new Blob().stream())
    expectTypeOf(larder.backup.import(response.body ?? new ReadableStream())).resolves.toEqualTypeOf<BackupProgress>()
    // @ts-expect-error text is no stream
    void larder.backup.import('{}')
  })
})

describe('errors', () => {
  it('have the details of their code', () => {
    const error: unknown = new Error('x')
    if (isLarderError(error, 'concurrency')) {
      expectTypeOf(error).toEqualTypeOf<LarderError<'concurrency'>>()
      expectTypeOf(error.details.actual).toEqualTypeOf<number>()
    }
    if (isLarderError(error)) expectTypeOf(error.code).toEqualTypeOf<LarderErrorCode>()
    // @ts-expect-error no such code
    isLarderError(error, 'concurency')
  })

  it('are made with the details of their code, or with none', () => {
    new LarderError('closed', 'Closed', {})
    new LarderError('id-reused', 'Reused', { details: { id: 'x' } })
    // @ts-expect-error id is missing
    new LarderError('id-reused', 'Reused', { details: {} })
    // @ts-expect-error details are missing
    new LarderError('id-reused', 'Reused', {})
    // @ts-expect-error there are none
    new LarderError('closed', 'Closed', { details: { id: 'x' } })
  })
})
