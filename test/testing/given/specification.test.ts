import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineDomain, defineEvent, defineProjection, from, type NewEvent } from '../../../src/domain.ts'
import { isLarderError } from '../../../src/errors.ts'
import type { AggregateToSpecify } from '../../../src/testing/given/aggregate-specification.ts'
import { specify } from '../../../src/testing/given/specification.ts'

const Eaten = defineEvent('Eaten', {
  version: 2,
  schema: z.object({ day: z.string(), calories: z.number().nonnegative(), note: z.string().default('') }),
  stream: ({ day }) => `day-${day}`,
  upcast: {
    1: from(z.object({ on: z.string(), kcal: z.number() }), ({ on, kcal }) => ({
      day: on,
      calories: kcal,
      note: 'old',
    })),
  },
})
const Registered = defineEvent('Registered', { schema: z.object({ name: z.string() }) })
const GoalSet = defineEvent('GoalSet', { schema: z.object({ calories: z.number().int() }) })

const days = defineProjection('days', {
  version: 1,
  events: [Eaten],
  key: ({ data }) => data.day,
  initial: () => ({ calories: 0, notes: [] as readonly string[] }),
  evolve: {
    Eaten: ({ calories, notes }, { data }) => ({ calories: calories + data.calories, notes: [...notes, data.note] }),
  },
})
const total = defineProjection('total', {
  version: 1,
  events: [Eaten],
  initial: () => 0,
  evolve: { Eaten: (sum, { data }) => sum + data.calories },
})
const domain = defineDomain({ version: '1', events: [Eaten, Registered, GoalSet], projections: [days, total] })
const given = specify(domain)

const eaten = (day: string, calories: number) => Eaten({ day, calories })

/** What `work` throws, as text. */
function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return expect.unreachable('nothing was thrown')
}

describe('given a projection and events', () => {
  it('its state is what it says', () => {
    given(total, []).then(0)
    given(total, [eaten('mon', 100), eaten('tue', 200)]).then(300)
    given(days, [eaten('mon', 100), eaten('mon', 50)]).thenState('mon', { calories: 150, notes: ['', ''] })
    given(days, [eaten('mon', 100)]).thenState('tue', { calories: 0, notes: [] })
    given(days, [eaten('tue', 1), eaten('mon', 1), eaten('tue', 1)]).thenKeys(['mon', 'tue'])
  })

  it('and not another, which is told with what came and where it differs', () => {
    expect(messageOf(() => given(total, [eaten('mon', 100)]).then(99))).toBe(
      'total is not the state that was expected\n  expected: 99\n  came:     100\n  at expected 99, got 100',
    )
    const wrong = () => given(days, [eaten('mon', 100)]).thenState('mon', { calories: 100, notes: [] })
    expect(messageOf(wrong)).toBe(
      [
        `days 'mon' is not the state that was expected`,
        '  expected: { "calories": 100, "notes": [] }',
        '  came:     { "calories": 100, "notes": [""] }',
        '  at notes[0]: expected nothing, got ""',
      ].join('\n'),
    )
    expect(messageOf(() => given(days, [eaten('mon', 1)]).thenKeys(['tue']))).toContain('expected: ["tue"]')
  })

  it('folds events of older versions as the log would', () => {
    given(days, [{ type: 'Eaten', version: 1, data: { on: 'mon', kcal: 70 } }]).thenState('mon', {
      calories: 70,
      notes: ['old'],
    })
    expect(messageOf(() => given(days, [{ type: 'Eaten', version: 1, data: { on: 7 } }]))).toContain('cannot be read')
  })

  it('checks what is given as an append would', () => {
    const codeOf = (...events: NewEvent[]) => {
      try {
        given(total, events).then(0)
      } catch (error) {
        return isLarderError(error) ? error.code : error
      }
      return undefined
    }
    expect(codeOf(eaten('mon', -1))).toBe('validation')
    expect(codeOf(eaten('bad stream!', 1))).toBe('stream-name')
    expect(codeOf({ type: 'Nothing', version: 1, data: {} })).toBe('argument')
    expect(codeOf({ ...eaten('mon', 1), version: 3 })).toBe('version-invalid')
    expect(codeOf(Registered({ name: 'ann' }))).toBe('stream-name')
  })

  it('finds functions that change what they are given, throw, or are no functions of their events', () => {
    let folded = 0
    const pushing = defineProjection('pushing', {
      version: 1,
      events: [Eaten],
      initial: (): number[] => [],
      evolve: {
        Eaten: (list, { data }) => {
          list.push(data.calories)
          return list
        },
      },
    })
    const counting = defineProjection('counting', {
      version: 1,
      events: [Eaten],
      initial: () => 0,
      evolve: { Eaten: () => ++folded },
    })
    const other = defineDomain({ version: '1', events: [Eaten], projections: [pushing, counting] })
    expect(messageOf(() => specify(other)(pushing, [eaten('mon', 1)]).then([1]))).toContain(
      'pushing threw at event 0, Eaten',
    )
    expect(messageOf(() => specify(other)(counting, [eaten('mon', 1)]).then(1))).toContain(
      'is not a function of its events',
    )
  })

  it('knows no projection that the domain does not list', () => {
    expect(messageOf(() => specify(defineDomain({ version: '1', events: [Eaten] }))(total, []))).toContain('list it')
  })

  it('is no promise', async () => {
    // The compiler says so first.
    const taken: unknown = given(total, [])
    await expect(Promise.resolve(taken)).rejects.toThrow('no promise')
  })
})

interface User {
  readonly registered: boolean
  readonly goals: readonly number[]
}

const refuse = (code: string, message: string) => ({ kind: 'refusal', code, message }) as const

/** What `defineAggregate` makes, written out. */
const user: AggregateToSpecify<{
  event: ReturnType<typeof Registered> | ReturnType<typeof GoalSet>
  commands: { setGoal: { calories: number }; register: { name: string }; forget: undefined; misbehave: undefined }
}> = {
  kind: 'aggregate',
  name: 'user',
  types: new Set(['Registered', 'GoalSet']),
  streamOf: (id) => `user-${id}`,
  initialState: (): User => ({ registered: false, goals: [] }),
  evolveState: (before, event) => {
    const state = before as User
    if (event.type === 'Registered') return { ...state, registered: true }
    return { ...state, goals: [...state.goals, (event.data as { calories: number }).calories] }
  },
  commands: new Map([
    [
      'setGoal',
      {
        args: z.object({ calories: z.number().int().positive() }),
        decide: (before: unknown, args: unknown) => {
          const state = before as User
          const goal = args as { calories: number }
          if (!state.registered) return refuse('not-registered', 'Register first')
          return state.goals.at(-1) === goal.calories ? [] : GoalSet(goal)
        },
      },
    ],
    [
      'register',
      {
        args: z.object({ name: z.string() }),
        decide: (_: unknown, args: unknown, { now, newId }: { now: string; newId: () => string }) => [
          Registered({ name: `${(args as { name: string }).name} ${now} ${newId()} ${newId()}` }),
        ],
      },
    ],
    ['forget', { args: undefined, decide: () => [] }],
    ['misbehave', { args: undefined, decide: () => [GoalSet({ calories: Math.random() > 2 ? 1 : 0.5 })] }],
  ]),
}

describe('given an aggregate and events', () => {
  const registered = Registered({ name: 'ann' })

  it('a command makes events, is refused, or has nothing to do', () => {
    given(user, [registered])
      .when('setGoal', { calories: 2000 })
      .then([GoalSet({ calories: 2000 })])
    given(user, []).when('setGoal', { calories: 2000 }).thenRefused('not-registered')
    given(user, [registered, GoalSet({ calories: 2000 })])
      .when('setGoal', { calories: 2000 })
      .thenNothing()
    given(user, []).when('forget').thenNothing()
  })

  it('a command that does something else is told', () => {
    const when = given(user, [registered]).when('setGoal', { calories: 2000 })
    expect(messageOf(() => when.then([GoalSet({ calories: 1999 })]))).toBe(
      [
        'user.setGoal made other events than expected',
        '  expected: [{ "type": "GoalSet", "data": { "calories": 1999 } }]',
        '  came:     [{ "type": "GoalSet", "data": { "calories": 2000 } }]',
        '  at events[0].data.calories: expected 1999, got 2000',
      ].join('\n'),
    )
    expect(messageOf(() => when.thenNothing())).toContain('expected: nothing')
    expect(messageOf(() => when.thenRefused('not-registered'))).toContain("expected: refused with 'not-registered'")
    const refused = given(user, []).when('setGoal', { calories: 1 })
    expect(messageOf(() => refused.then([GoalSet({ calories: 1 })]))).toContain(
      "came:     refused with 'not-registered': Register first",
    )
    expect(messageOf(() => refused.thenNothing())).toContain('user.setGoal was refused')
    expect(messageOf(() => refused.thenRefused('another'))).toContain('was not refused as expected')
  })

  it('time and ids are those of the test', () => {
    const now = '2026-01-01T00:00:00.000Z'
    given(user, [], { now, newId: () => 'id' })
      .when('register', { name: 'ann' })
      .then([Registered({ name: `ann ${now} id id` })])
    const ids = [1, 2].map((n) => `0c000000-0000-7000-8000-00000000000${n}`).join(' ')
    given(user, [])
      .when('register', { name: 'ann' })
      .then([Registered({ name: `ann 2026-11-23T12:00:00.000Z ${ids}` })])
  })

  it('compares stream and metadata where they are named', () => {
    const when = given(user, [registered], { id: '7' }).when('setGoal', { calories: 1 })
    when.then([GoalSet({ calories: 1 }, { stream: 'user-7' })])
    expect(messageOf(() => when.then([GoalSet({ calories: 1 }, { stream: 'user-8' })]))).toContain(
      'events[0].stream: expected "user-8", got "user-7"',
    )
    expect(messageOf(() => when.then([GoalSet({ calories: 1 }, { metadata: { userId: 'ann' } })]))).toContain(
      'metadata.userId',
    )
  })

  it('arguments and events that could not be are refused by their code', () => {
    const codeOf = (work: () => void) => {
      try {
        work()
      } catch (error) {
        return isLarderError(error) ? error.code : error
      }
      return undefined
    }
    expect(codeOf(() => given(user, [registered]).when('setGoal', { calories: -1 }).thenNothing())).toBe('validation')
    expect(codeOf(() => given(user, []).when('misbehave').thenNothing())).toBe('validation')
    expect(
      codeOf(() =>
        given(user, [Registered({ name: 'x' }, { stream: 'user-2' })])
          .when('forget')
          .thenNothing(),
      ),
    ).toBe('argument')
    const unknown = user as unknown as AggregateToSpecify<{ event: NewEvent; commands: { fly: undefined } }>
    expect(codeOf(() => given(unknown, []).when('fly').thenNothing())).toBe('argument')
  })

  it('arguments are refused as a store refuses them, which keeps what a command was given', () => {
    const errorOf = (work: () => void): unknown => {
      try {
        work()
      } catch (error) {
        return error
      }
      return undefined
    }
    const untyped = user as unknown as AggregateToSpecify<{
      event: NewEvent
      commands: { setGoal: unknown; forget: unknown }
    }>
    const when = (command: 'setGoal' | 'forget', args: unknown) =>
      errorOf(() => given(untyped, [registered]).when(command, args).thenNothing())
    expect(when('setGoal', { calories: -1 })).toMatchObject({
      code: 'validation',
      details: { type: 'user.setGoal', event: undefined, issues: [{ path: 'calories' }] },
    })
    expect(when('setGoal', { calories: 1, since: new Date(0) })).toMatchObject({
      code: 'payload-not-json',
      details: { path: 'args.since' },
    })
    expect(when('setGoal', { calories: 1, note: 'x'.repeat(300_000) })).toMatchObject({ code: 'event-too-large' })
    expect(when('forget', 'all')).toMatchObject({ code: 'argument', details: { argument: 'args' } })
  })

  it('finds a command that decides otherwise the second time', () => {
    let decided = 0
    const fickle: AggregateToSpecify<{ event: ReturnType<typeof GoalSet>; commands: { go: undefined } }> = {
      ...user,
      '~types': undefined,
      commands: new Map([['go', { args: undefined, decide: () => GoalSet({ calories: ++decided }) }]]),
    } as never
    expect(messageOf(() => given(fickle, []).when('go').thenNothing())).toContain('user.go is not pure')
  })
})
