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
  type NewEvent,
  refuse,
  type StateOf,
} from '../../src/domain.ts'

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
