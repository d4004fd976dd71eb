import { describe, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import {
  type DomainEvent,
  defineEvent,
  type EventOf,
  from,
  type NewEvent,
  retireEvent,
  type StandardSchema,
} from '../../src/domain.ts'

const Logged = defineEvent('Logged', {
  version: 2,
  schema: z.object({ day: z.string(), kcal: z.number(), slots: z.array(z.string()).default([]) }),
  stream: (data) => {
    expectTypeOf(data).toEqualTypeOf<{ day: string; kcal: number; slots: string[] }>()
    return data.day
  },
  upcast: {
    1: from(z.object({ at: z.string() }), (old) => {
      expectTypeOf(old).toEqualTypeOf<{ at: string }>()
      return { day: old.at.slice(0, 10), kcal: 0, slots: [] }
    }),
  },
})

describe('an event definition', () => {
  it('takes what its schema takes, and makes an event of what its schema gives', () => {
    const event = Logged({ day: 'mon', kcal: 1 })
    expectTypeOf(event).toExtend<NewEvent<'Logged', { day: string; kcal: number; slots: string[] }>>()
    expectTypeOf(event.type).toEqualTypeOf<'Logged'>()
    expectTypeOf(Logged.type).toEqualTypeOf<'Logged'>()
  })

  it('refuses data that is missing, wrong or misspelt', () => {
    // @ts-expect-error kcal is missing
    Logged({ day: 'mon' })
    // @ts-expect-error kcal is a number
    Logged({ day: 'mon', kcal: '1' })
    // @ts-expect-error there is no kcals
    Logged({ day: 'mon', kcal: 1, kcals: 1 })
    // @ts-expect-error there is always data
    Logged()
  })

  it('refuses options that are none', () => {
    Logged({ day: 'mon', kcal: 1 }, { stream: 's', id: 'i', metadata: { userId: 'ann', any: [1, null] } })
    // @ts-expect-error a stream is a name
    Logged({ day: 'mon', kcal: 1 }, { stream: 5 })
    // @ts-expect-error metadata is JSON
    Logged({ day: 'mon', kcal: 1 }, { metadata: { at: new Date() } })
    // @ts-expect-error the user is text
    Logged({ day: 'mon', kcal: 1 }, { metadata: { userId: 5 } })
    // @ts-expect-error the type is the definition's
    Logged({ day: 'mon', kcal: 1 }, { type: 'Other' })
  })

  it('says what projections see', () => {
    expectTypeOf<EventOf<typeof Logged>>().toEqualTypeOf<
      DomainEvent<'Logged', { day: string; kcal: number; slots: string[] }>
    >()
    // Where an event lies differs between pending and confirmed, so that nobody folds by it.
    expectTypeOf<EventOf<typeof Logged>>().not.toHaveProperty('position')
    expectTypeOf<EventOf<typeof Logged>>().not.toHaveProperty('receivedAt')
  })

  it('takes any Standard Schema', () => {
    const custom = {} as StandardSchema<string, number>
    const Counted = defineEvent('Counted', { schema: custom })
    expectTypeOf(Counted).parameter(0).toEqualTypeOf<string>()
    expectTypeOf<EventOf<typeof Counted>['data']>().toEqualTypeOf<number>()
    // @ts-expect-error an event has a schema
    defineEvent('Bare', {})
    // @ts-expect-error a type is not a schema
    defineEvent('Bare', { schema: String })
  })

  it('gives a stream that is text', () => {
    // @ts-expect-error a stream is a name
    defineEvent('Odd', { schema: z.object({ n: z.number() }), stream: (data) => data.n })
    // @ts-expect-error there is no m
    defineEvent('Odd', { schema: z.object({ n: z.string() }), stream: (data) => data.m })
  })
})

describe('an upcaster', () => {
  const Noted = defineEvent('Noted', { schema: z.object({ text: z.string() }) })
  const Other = defineEvent('Other', { schema: z.object({ n: z.number() }) })
  const schema = z.object({ slot: z.enum(['am', 'pm']), tags: z.array(z.string()), note: z.string().optional() })
  const Old = z.object({ text: z.string() })

  it('answers data of the current version', () => {
    defineEvent('Meal', {
      version: 4,
      schema,
      upcast: {
        1: from(Old, ({ text }) => ({ slot: 'am', tags: [text, 'x'] })),
        2: from(Old, ({ text }) => (text === '' ? { slot: 'am', tags: [] } : { slot: 'pm', tags: [text], note: text })),
        // @ts-expect-error there are no tags
        3: from(Old, () => ({ slot: 'am' })),
      },
    })
    // @ts-expect-error there is no such slot
    defineEvent('Meal', { version: 2, schema, upcast: { 1: from(Old, () => ({ slot: 'noon', tags: [] })) } })
    // @ts-expect-error it does not wait
    defineEvent('Meal', { version: 2, schema, upcast: { 1: from(Old, async () => ({ slot: 'am', tags: [] })) } })
    // @ts-expect-error the old data has no note
    defineEvent('Meal', { version: 2, schema, upcast: { 1: from(Old, ({ note }) => ({ slot: 'am', tags: [note] })) } })
  })

  it('answers data of a schema that holds itself, or is a tuple', () => {
    defineEvent('Any', { version: 2, schema: z.json(), upcast: { 1: from(Old, ({ text }) => [text, { deep: [1] }]) } })
    const pair = z.object({ pair: z.tuple([z.string(), z.number()]) })
    defineEvent('Pair', { version: 2, schema: pair, upcast: { 1: from(Old, ({ text }) => ({ pair: [text, 1] })) } })
    // @ts-expect-error there are two
    defineEvent('Pair', { version: 2, schema: pair, upcast: { 1: from(Old, ({ text }) => ({ pair: [text] })) } })
  })

  it('answers events of the definitions that it names, and of its own', () => {
    defineEvent('Meal', {
      version: 3,
      schema,
      upcast: {
        1: from(Old, [Noted], ({ text }, current) => [current({ slot: 'am', tags: [] }), Noted({ text })]),
        2: from(Old, [Noted, Other], ({ text }, current) =>
          text === '' ? [] : [Noted({ text }), ...['a'].map((tag) => current({ slot: 'pm', tags: [tag] }))],
        ),
      },
    })
    const short = from(Old, [Noted], (_, current) => [current({ slot: 'am' })])
    // @ts-expect-error its own event has tags
    defineEvent('Meal', { version: 2, schema, upcast: { 1: short } })
    // @ts-expect-error Other is not named
    from(Old, [Noted], () => [Other({ n: 1 })])
    // @ts-expect-error a note has a text
    from(Old, [Noted], () => [Noted({})])
    // @ts-expect-error data is no event
    from(Old, [Noted], () => [{ text: 'x' }])
  })

  it('has no event of its own where the type is retired', () => {
    retireEvent('Gone')
    retireEvent('Renamed', { upcast: { 1: from(Old, [Noted], ({ text }) => [Noted({ text })]) } })
    // @ts-expect-error nothing can be made of data
    retireEvent('Renamed', { upcast: { 1: from(Old, ({ text }) => ({ text })) } })
    // @ts-expect-error there is no current one
    retireEvent('Renamed', { upcast: { 1: from(Old, [Noted], (_, current) => [current({})]) } })
  })
})
