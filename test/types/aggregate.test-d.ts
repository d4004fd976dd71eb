import { describe, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import {
  type Aggregate,
  type AnyAggregate,
  type CommandContext,
  type CommandRefusal,
  defineAggregate,
  defineDomain,
  defineEvent,
  type EventOf,
  EventSourcedAggregate,
  type NewEvent,
  refuse,
  type StateOf,
} from '../../src/domain.ts'
import type { AggregateDraft, AggregateState, Larder, Receipt } from '../../src/index.ts'

const Registered = defineEvent('Registered', { schema: z.object({ email: z.string() }) })
const GoalSet = defineEvent('GoalSet', { schema: z.object({ kind: z.string(), target: z.number() }) })
const Other = defineEvent('Other', { schema: z.object({ n: z.number() }) })
const Goal = z.object({ target: z.number(), kind: z.string().default('calories') })

interface User {
  readonly registered: boolean
  readonly goals: Readonly<Record<string, number>>
}

const base = {
  stream: (id: string) => `user-${id}`,
  events: [Registered, GoalSet],
  initial: (): User => ({ registered: false, goals: {} }),
  evolve: {
    Registered: (state: User) => ({ ...state, registered: true }),
    GoalSet: (state: User) => state,
  },
} as const

const user = defineAggregate('user', {
  stream: (id) => {
    expectTypeOf(id).toEqualTypeOf<string>()
    return `user-${id}`
  },
  events: [Registered, GoalSet],
  initial: (): User => ({ registered: false, goals: {} }),
  evolve: {
    Registered: (state, event) => {
      expectTypeOf(state).toEqualTypeOf<User>()
      expectTypeOf(event.data).toEqualTypeOf<{ email: string }>()
      return { ...state, registered: true }
    },
    GoalSet: (state, { data }) => ({ ...state, goals: { ...state.goals, [data.kind]: data.target } }),
  },
  commands: {
    setGoal: {
      args: Goal,
      decide: (state, goal, context) => {
        expectTypeOf(state).toEqualTypeOf<User>()
        expectTypeOf(goal).toEqualTypeOf<{ target: number; kind: string }>()
        expectTypeOf(context).toEqualTypeOf<CommandContext>()
        return state.registered ? GoalSet(goal) : refuse('not-registered', 'Register first')
      },
    },
    register: {
      args: z.email(),
      decide: (_state, email) => [Registered({ email }), GoalSet({ kind: 'a', target: 1 })],
    },
    nothing: {
      args: undefined,
      decide: (state, args) => {
        expectTypeOf(args).toEqualTypeOf<undefined>()
        return state.registered ? [] : refuse('not-registered', 'Register first')
      },
    },
  },
  snapshot: { every: 100, version: 1 },
})

describe('an aggregate', () => {
  it('knows its state, its events and what each command takes', () => {
    expectTypeOf(user).toEqualTypeOf<
      Aggregate<{
        state: User
        event: NewEvent<'Registered', { email: string }> | NewEvent<'GoalSet', { kind: string; target: number }>
        commands: { setGoal: { target: number; kind?: string | undefined }; register: string; nothing: undefined }
      }>
    >()
    expectTypeOf<StateOf<typeof user>>().toEqualTypeOf<User>()
    expectTypeOf(user).toExtend<AnyAggregate>()
    defineDomain({ version: '1', events: [Registered, GoalSet], aggregates: [user] })
    // @ts-expect-error it is no projection
    defineDomain({ version: '1', events: [Registered, GoalSet], projections: [user] })
  })

  it('has a function for each of its events, and for no other', () => {
    const { evolve, ...rest } = base
    // @ts-expect-error GoalSet is missing
    defineAggregate('a', { ...rest, evolve: { Registered: evolve.Registered }, commands: {} })
    // @ts-expect-error a state is a User
    defineAggregate('a', { ...rest, evolve: { ...evolve, Registered: () => ({ registered: 1 }) }, commands: {} })
  })

  it('has commands that make its own events, refuse, or answer nothing to do', () => {
    defineAggregate('a', { ...base, commands: {} })
    // @ts-expect-error Other is not among its events
    defineAggregate('a', { ...base, commands: { go: { args: undefined, decide: () => Other({ n: 1 }) } } })
    // @ts-expect-error a refusal is made by refuse
    defineAggregate('a', { ...base, commands: { go: { args: undefined, decide: () => 'no' } } })
    // @ts-expect-error it is not decided later
    defineAggregate('a', { ...base, commands: { go: { args: undefined, decide: async () => [] } } })
    // @ts-expect-error whether it takes something has to be said
    defineAggregate('a', { ...base, commands: { go: { decide: () => [] } } })
    // @ts-expect-error a schema is no type
    defineAggregate('a', { ...base, commands: { go: { args: String, decide: () => [] } } })
    const name = 'then'
    // @ts-expect-error what has a then is taken for a promise
    defineAggregate('a', { ...base, commands: { [name]: { args: Goal, decide: () => [] } } })
  })

  it('has a stream that is text, and whole options for snapshots', () => {
    // @ts-expect-error a stream is a name
    defineAggregate('a', { ...base, stream: () => 5, commands: {} })
    // @ts-expect-error it has a version
    defineAggregate('a', { ...base, commands: {}, snapshot: { every: 100 } })
  })

  it('is refused with a code and a sentence', () => {
    expectTypeOf(refuse('a', 'b')).toEqualTypeOf<CommandRefusal>()
    // @ts-expect-error a sentence is needed
    refuse('a')
  })
})

declare const larder: Larder

describe('a store', () => {
  it('executes the commands of an aggregate, each with what it takes', () => {
    const commands = larder.execute(user, '123')
    expectTypeOf(commands.setGoal({ target: 1 })).toEqualTypeOf<Promise<Receipt>>()
    expectTypeOf(commands.register).parameters.toEqualTypeOf<[args: string]>()
    void commands.nothing()
    void larder.execute(user, '123', { id: 'i', metadata: { userId: 'ann' }, maxAttempts: 3 }).nothing()
    // @ts-expect-error a target is a number
    void commands.setGoal({ target: '1' })
    // @ts-expect-error it takes a goal
    void commands.setGoal()
    // @ts-expect-error it takes nothing
    void commands.nothing('x')
    // @ts-expect-error there is no such command
    void commands.setGaol
    // @ts-expect-error which one?
    void larder.execute(user)
    // @ts-expect-error a name is no aggregate
    void larder.execute('user', '123')
    // @ts-expect-error there is no such option
    void larder.execute(user, '123', { retries: 3 })
    expectTypeOf<typeof commands>().not.toHaveProperty('then')
  })

  it('loads a state, and edits it by the events of its aggregate', async () => {
    expectTypeOf(larder.load(user, '123')).toEqualTypeOf<Promise<AggregateState<User>>>()
    const draft = await larder.edit(user, '123')
    expectTypeOf(draft).toEqualTypeOf<AggregateDraft<typeof user>>()
    expectTypeOf(draft.state).toEqualTypeOf<User>()
    expectTypeOf(draft.save()).toEqualTypeOf<Promise<Receipt>>()
    draft.apply(GoalSet({ kind: 'a', target: 1 }))
    // @ts-expect-error Other is none of its events
    draft.apply(Other({ n: 1 }))
    // @ts-expect-error the state is for reading
    draft.state = { registered: true, goals: {} }
    // @ts-expect-error the version is what was loaded
    void draft.save({ expectedVersion: 1 })
  })
})

describe('an aggregate that is a class', () => {
  class UserAggregate extends EventSourcedAggregate('user', {
    stream: (id) => `user-${id}`,
    events: [Registered, GoalSet],
  }) {
    email = ''

    register(email: string) {
      this.apply(Registered({ email }))
      // @ts-expect-error Other is none of its events
      this.apply(Other({ n: 1 }))
    }

    protected when(event: EventOf<typeof Registered | typeof GoalSet>): void {
      if (event.type === 'Registered') {
        expectTypeOf(event.data).toEqualTypeOf<{ email: string }>()
        this.email = event.data.email
      }
    }
  }

  it('is loaded as an instance, and saved', async () => {
    const loaded = await larder.load(UserAggregate, '123')
    expectTypeOf(loaded).toEqualTypeOf<UserAggregate>()
    expectTypeOf(loaded.email).toEqualTypeOf<string>()
    expectTypeOf(larder.save(loaded)).toEqualTypeOf<Promise<Receipt>>()
    expectTypeOf(UserAggregate.definition).toEqualTypeOf<AnyAggregate>()
    // @ts-expect-error the version is the stream's
    loaded.version = 5
    // @ts-expect-error it decides nothing from outside
    loaded.when(undefined)
    // @ts-expect-error a state is not saved
    void larder.save({ email: '' })
    // @ts-expect-error a class of something else
    void larder.load(Date, '123')
  })

  it('takes its events in when', () => {
    // @ts-expect-error when is missing
    class Lacking extends EventSourcedAggregate('lacking', { stream: (id) => id, events: [Registered] }) {}
    class Wrong extends EventSourcedAggregate('wrong', { stream: (id) => id, events: [Registered] }) {
      // @ts-expect-error Other is none of its events
      protected when(event: EventOf<typeof Other>): void {
        expectTypeOf(event.data.n).toEqualTypeOf<number>()
      }
    }
    expectTypeOf<Lacking['version'] | Wrong['version']>().toEqualTypeOf<number>()
  })
})

describe('an aggregate whose state is one of several words', () => {
  it('knows them where its functions say what they answer', () => {
    interface Account {
      readonly status: 'none' | 'open'
      readonly goals: string[]
    }
    const account = defineAggregate('account', {
      stream: (id) => `account-${id}`,
      events: [Registered, GoalSet],
      initial: (): Account => ({ status: 'none', goals: [] }),
      evolve: {
        Registered: (state): Account => ({ ...state, status: 'open' }),
        GoalSet: (state, { data }): Account => ({ ...state, goals: [...state.goals, data.kind] }),
      },
      commands: {},
    })
    expectTypeOf<StateOf<typeof account>>().toEqualTypeOf<Account>()
  })
})
