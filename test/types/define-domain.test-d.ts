import { describe, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import {
  defineDomain,
  defineEvent,
  type Middleware,
  type NewEvent,
  retireEvent,
  withMetadata,
} from '../../src/domain.ts'

const Logged = defineEvent('Logged', { schema: z.object({ userId: z.string() }) })
const Removed = defineEvent('Removed', { schema: z.object({ mealId: z.string() }) })

declare const only: Middleware<readonly [typeof Removed]>

describe('middleware', () => {
  it('is told of the events of its domain', () => {
    defineDomain({
      version: '1',
      events: [Logged, Removed],
      middleware: [
        (event, next, { index, time }) => {
          expectTypeOf(event).toEqualTypeOf<
            NewEvent<'Logged', { userId: string }> | NewEvent<'Removed', { mealId: string }>
          >()
          expectTypeOf(index).toEqualTypeOf<number>()
          expectTypeOf(time).toEqualTypeOf<string>()
          return next(event.type === 'Logged' ? withMetadata(event, { userId: event.data.userId }) : event)
        },
      ],
    })
  })

  it('may be written for any domain', () => {
    const any: Middleware = (event, next) => {
      expectTypeOf(event).toEqualTypeOf<NewEvent<string, unknown>>()
      return next(event)
    }
    defineDomain({ version: '1', events: [Logged], middleware: [any] })
  })

  it('may be of all kinds beside each other, and takes the types from none', () => {
    const plain: Middleware = (event, next) => next(event)
    const own: Middleware<readonly [typeof Logged, typeof Removed]> = (event, next) => next(event)
    const helper =
      (userId: string): Middleware =>
      (event, next) =>
        next(withMetadata(event, { userId }))
    defineDomain({
      version: '1',
      events: [Logged, Removed],
      middleware: [
        plain,
        helper('ann'),
        (event, next) => {
          expectTypeOf(event).toEqualTypeOf<
            NewEvent<'Logged', { userId: string }> | NewEvent<'Removed', { mealId: string }>
          >()
          return next(event.type === 'Logged' ? withMetadata(event, { userId: event.data.userId }) : event)
        },
        own,
      ],
    })
    // @ts-expect-error it is told of events that may not be its
    defineDomain({ version: '1', events: [Logged, Removed], middleware: [only] })
  })

  it('answers an event', () => {
    // @ts-expect-error nothing is answered
    defineDomain({ version: '1', events: [Logged], middleware: [() => undefined] })
    // @ts-expect-error it cannot wait
    defineDomain({ version: '1', events: [Logged], middleware: [async (event, next) => next(event)] })
    // @ts-expect-error there is no mealId
    defineDomain({ version: '1', events: [Logged], middleware: [(event, next) => next(event.data.mealId)] })
  })
})

describe('a domain', () => {
  it('lists what is retired apart from what can be appended', () => {
    defineDomain({ version: '1', events: [Logged], retired: [retireEvent('Prompted')] })
    // @ts-expect-error it is retired
    defineDomain({ version: '1', events: [Logged, retireEvent('Prompted')] })
    // @ts-expect-error it is not
    defineDomain({ version: '1', events: [], retired: [Logged.type] })
  })
})
