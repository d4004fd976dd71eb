import { describe, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import type { LibsqlServerLog, MemoryServerLog, ServerLog } from '../../server/index.ts'
import {
  type AggregateBase,
  type AggregateClass,
  type AggregateOptions,
  type AnyEventDefinition,
  type BusHandler,
  type BusHandlerObject,
  type CurrentEvent,
  createEventBus,
  type DomainOptions,
  defineAggregate,
  defineDomain,
  defineEvent,
  type EventBus,
  type EventDefinition,
  type EventOf,
  type EventOptions,
  EventSourcedAggregate,
  type Evolve,
  from,
  type KeyedProjection,
  type NewEvent,
  type NewEventOf,
  type RecordedEvent,
  type RetiredEvent,
  retireEvent,
  type SingleProjection,
  type SourcedAggregate,
  type SourcedAggregateOptions,
  type Upcaster,
} from '../../src/domain.ts'
import type {
  CommandsOf,
  EventsPage,
  EventsQuery,
  EventsResult,
  FeedQuery,
  HandleContext,
  HandledEventOf,
  HandlerObject,
  Larder,
  Receipt,
} from '../../src/index.ts'
import {
  type FaultyStorage,
  faultyStorage,
  type Given,
  type GivenAggregate,
  type GivenKeyed,
  type GivenSingle,
  type KeyRange,
  type LogTables,
  type Prng,
  type StorageBackend,
  type StorageTransaction,
  type WhenCommanded,
} from '../../src/testing/index.ts'

const Logged = defineEvent('Logged', { schema: z.object({ kcal: z.number() }) })
const Removed = defineEvent('Removed', { schema: z.object({ meal: z.string() }) })
const both = [Logged, Removed] as const
type Both = typeof both
type LoggedEvent = NewEvent<'Logged', { kcal: number }>
type RemovedEvent = NewEvent<'Removed', { meal: string }>

/** The types that an app writes down when it takes a definition apart, or passes one on: each says the same as what it is inferred from. */
describe('types of events', () => {
  it('say the type and the data of a definition', () => {
    expectTypeOf<NewEventOf<typeof Logged>>().toEqualTypeOf<LoggedEvent>()
    expectTypeOf<NewEventOf<Both[number]>>().toEqualTypeOf<LoggedEvent | RemovedEvent>()
    expectTypeOf(Logged).toExtend<EventDefinition<'Logged', { input: { kcal: number }; output: { kcal: number } }>>()
    expectTypeOf(Logged).toExtend<AnyEventDefinition>()
    // @ts-expect-error it is of another type
    const wrong: EventDefinition<'Removed', { input: { kcal: number }; output: { kcal: number } }> = Logged
    void wrong
  })

  it('say what an event is defined by', () => {
    const schema = z.object({ kcal: z.number() })
    const options: EventOptions<typeof schema> = { schema, stream: ({ kcal }) => `k${kcal}` }
    expectTypeOf(defineEvent('Logged', options)(JSON.parse('{}'))).toEqualTypeOf<LoggedEvent>()
    // @ts-expect-error there is no such member
    const misspelt: EventOptions<typeof schema> = { schema, streams: () => 'a' }
    void misspelt
  })

  it('say what an upcaster makes', () => {
    const upcaster = from(z.object({ n: z.number() }), ({ n }) => ({ kcal: n }))
    expectTypeOf(upcaster).toExtend<Upcaster<{ kcal: number }>>()
    // @ts-expect-error it makes something else
    const wrong: Upcaster<{ meal: string }> = upcaster
    void wrong
    expectTypeOf<CurrentEvent<{ kcal: number }>['data']>().toEqualTypeOf<{ kcal: number }>()
  })

  it('say which type is retired', () => {
    expectTypeOf(retireEvent('Weighed')).toExtend<RetiredEvent<'Weighed'>>()
  })
})

describe('types of a domain and its projections', () => {
  it('say what a domain is made of', () => {
    const options: DomainOptions<Both> = {
      version: '1',
      events: both,
      middleware: [(event) => (event.type === 'Logged' ? { ...event, data: { kcal: event.data.kcal } } : event)],
    }
    expectTypeOf(defineDomain(options).version).toEqualTypeOf<string>()
  })

  it('have a function for each type, and none for another', () => {
    const evolve: Evolve<Both, number> = {
      Logged: (state, { data }) => state + data.kcal,
      Removed: (state, event) => {
        expectTypeOf(event).toEqualTypeOf<EventOf<typeof Removed>>()
        return state
      },
    }
    expectTypeOf(evolve.Logged).parameter(0).toEqualTypeOf<number>()
    // @ts-expect-error Removed is missing
    const half: Evolve<Both, number> = { Logged: (state) => state }
    void half
  })
})

describe('types of aggregates', () => {
  const Amount = z.object({ kcal: z.number() })
  const options: AggregateOptions<Both, { kcal: number }> = {
    stream: (id) => `day-${id}`,
    events: both,
    initial: () => ({ kcal: 0 }),
    evolve: { Logged: (state) => state, Removed: (state) => state },
  }

  it('say what it is made of, and what it can be told', () => {
    const day = defineAggregate('day', {
      ...options,
      commands: { log: { args: Amount, decide: (_state, { kcal }) => Logged({ kcal }) } },
    })
    expectTypeOf<CommandsOf<typeof day>['log']>().toEqualTypeOf<(args: { kcal: number }) => Promise<Receipt>>()
    // @ts-expect-error there is no such command
    type Wrong = CommandsOf<typeof day>['eat']
    expectTypeOf<Wrong>().toBeAny()
  })

  it('say what a class-style one is', () => {
    const own: SourcedAggregateOptions<readonly [typeof Logged]> = { stream: (id) => `day-${id}`, events: [Logged] }
    const Base: AggregateBase<typeof Logged> = EventSourcedAggregate('day', own)
    class Day extends Base {
      kcal = 0
      protected when(event: EventOf<typeof Logged>): void {
        this.kcal += event.data.kcal
      }
    }
    expectTypeOf(Day).toExtend<AggregateClass<Day>>()
    expectTypeOf(new Day('mon')).toExtend<SourcedAggregate<typeof Logged>>()
    expectTypeOf<SourcedAggregate['version']>().toEqualTypeOf<number>()
  })

  it('say what a specification is given, and what comes of it', () => {
    type Types = { state: { kcal: number }; event: LoggedEvent; commands: { log: { kcal: number }; rest: undefined } }
    expectTypeOf<GivenAggregate<Types>['when']>().parameter(0).toEqualTypeOf<'log' | 'rest'>()
    expectTypeOf<ReturnType<GivenAggregate<Types>['when']>>().toEqualTypeOf<WhenCommanded<LoggedEvent>>()
    expectTypeOf<WhenCommanded<LoggedEvent>['then']>().parameter(0).toEqualTypeOf<readonly LoggedEvent[]>()
    expectTypeOf<GivenKeyed<number>['thenState']>().parameters.toEqualTypeOf<[key: string, state: number]>()
    expectTypeOf<GivenSingle<number>['then']>().parameters.toEqualTypeOf<[state: number]>()
    const sum = (given: Given, projection: SingleProjection<number>) => given(projection, [Logged({ kcal: 1 })])
    const perDay = (given: Given, projection: KeyedProjection<string>) => given(projection, [])
    expectTypeOf(sum).returns.toEqualTypeOf<GivenSingle<number>>()
    expectTypeOf(perDay).returns.toEqualTypeOf<GivenKeyed<string>>()
  })

  it('say what chance picks from, which is not nothing', () => {
    const pick = (prng: Prng) => prng.pick(['soup', 'pie'])
    expectTypeOf(pick).returns.toEqualTypeOf<string>()
    // @ts-expect-error there is nothing to pick
    const none = (prng: Prng) => prng.pick([])
    void none
  })
})

describe('types of handlers', () => {
  it('say what a handler of the bus is given', () => {
    const handler: BusHandler<LoggedEvent> = ({ data }) => data.kcal
    const object: BusHandlerObject<readonly [typeof Logged]> = { eventTypes: [Logged], handle: handler }
    const bus: EventBus = createEventBus()
    expectTypeOf(bus.on(Logged, handler)).toEqualTypeOf<() => void>()
    expectTypeOf(bus.on(object)).toEqualTypeOf<() => void>()
    // @ts-expect-error it handles something else
    bus.on(Removed, handler)
  })

  it('say what a durable handler is given', () => {
    expectTypeOf<HandledEventOf<readonly [typeof Logged]>['data']>().toEqualTypeOf<{ kcal: number }>()
    expectTypeOf<HandledEventOf<readonly [typeof Logged]>>().toExtend<RecordedEvent>()
    const object: HandlerObject<readonly [typeof Logged]> = {
      eventTypes: [Logged],
      handle: (event, context) => {
        expectTypeOf(event.data.kcal).toEqualTypeOf<number>()
        expectTypeOf(context).toEqualTypeOf<HandleContext>()
      },
    }
    expectTypeOf(object.handle).parameter(1).toEqualTypeOf<HandleContext>()
    expectTypeOf<HandleContext['append']>().returns.toEqualTypeOf<Promise<Receipt>>()
  })

  it('say what a durable handler may tell an aggregate', () => {
    const stop = { args: undefined, decide: () => [] }
    const day = defineAggregate('day', {
      ...{ stream: (id: string) => id, events: [Logged], initial: () => 0, evolve: { Logged: (n: number) => n } },
      commands: { stop, log: { args: z.number(), decide: (_, kcal) => Logged({ kcal }) } },
    })
    const tell = (context: HandleContext) => context.execute(day, 'mon', { maxAttempts: 3 })
    expectTypeOf(tell).returns.toEqualTypeOf<CommandsOf<typeof day>>()
    expectTypeOf<ReturnType<typeof tell>['log']>().parameters.toEqualTypeOf<[args: number]>()
    // @ts-expect-error its id is derived from the event
    const named = (context: HandleContext) => context.execute(day, 'mon', { id: 'x' })
    void named
  })
})

describe('types of reading', () => {
  it('say what is asked for, and what is answered', () => {
    const query: EventsQuery<Both> = { types: both, limit: 10 }
    const feed: FeedQuery<Both> = { types: both, after: 'now' }
    const read = (larder: Larder): EventsResult<RecordedEvent & EventOf<Both[number]>> => larder.events(query)
    const watch = (larder: Larder) => larder.events$(feed)
    expectTypeOf(read).returns.resolves.toEqualTypeOf<EventsPage<RecordedEvent & EventOf<Both[number]>>>()
    expectTypeOf(watch).returns.toHaveProperty('subscribe')
    expectTypeOf<EventsPage<{ n: number }>['events']>().toEqualTypeOf<readonly { n: number }[]>()
    // @ts-expect-error there is no such member
    const misspelt: EventsQuery = { type: both }
    void misspelt
  })
})

describe('types of ports', () => {
  it('say of each table what its keys and records are', () => {
    expectTypeOf<KeyRange<number>['after']>().toEqualTypeOf<number | undefined>()
    // @ts-expect-error no key is true or false
    type Wrong = KeyRange<boolean>
    expectTypeOf<Wrong>().not.toBeNever()
    const use = async (tx: StorageTransaction) => {
      expectTypeOf(await tx.lastKey('pending')).toEqualTypeOf<number | undefined>()
      expectTypeOf(await tx.lastKey('deadLetters')).toEqualTypeOf<string | undefined>()
      expectTypeOf(await tx.get('pending', 1)).toEqualTypeOf<LogTables['pending'] | undefined>()
      // @ts-expect-error the outbox has numbers as keys
      await tx.get('pending', 'a')
      const [record] = await tx.read('pending', { after: 1 })
      expectTypeOf(record?.order).toEqualTypeOf<number | undefined>()
      if (record !== undefined) await tx.put('pending', record)
      await tx.delete('pending', 1)
      // @ts-expect-error the outbox has numbers as keys
      await tx.delete('pending', 'a')
      // @ts-expect-error a commit of the outbox is no dead letter
      if (record !== undefined) await tx.put('deadLetters', record)
    }
    const answer = (backend: StorageBackend) => backend.transact('read', ['pending'], async () => 'answer')
    expectTypeOf(answer).returns.resolves.toEqualTypeOf<string>()
    const faulty = (backend: StorageBackend): FaultyStorage => faultyStorage(backend)
    expectTypeOf(faulty).returns.toExtend<StorageBackend>()
    const counted = (storage: FaultyStorage) =>
      storage.transact('write', ['pending'], async (tx) => tx.lastKey('pending'))
    expectTypeOf(counted).returns.resolves.toEqualTypeOf<number | undefined>()
    void use
  })

  it('answer what the work in a transaction answers', () => {
    const inMemory = (log: MemoryServerLog) => log.transact('ann', async (tx) => tx.streamVersion('a'))
    const inFile = (log: LibsqlServerLog) => log.transact('ann', async (tx) => tx.head())
    const anywhere = (log: ServerLog) => log.transact('ann', async () => 'answer')
    expectTypeOf(inMemory).returns.resolves.toEqualTypeOf<number>()
    expectTypeOf(inFile).returns.resolves.toHaveProperty('position')
    expectTypeOf(anywhere).returns.resolves.toEqualTypeOf<string>()
  })
})
