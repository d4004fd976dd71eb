import { describe, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { createEventBus, defineEvent, type NewEvent, type Published } from '../../src/domain.ts'

const Logged = defineEvent('Logged', { schema: z.object({ kcal: z.number() }) })
const Removed = defineEvent('Removed', { schema: z.object({ meal: z.string() }) })
const bus = createEventBus()

describe('bus.on', () => {
  it('knows the data of the type', () => {
    bus.on(Logged, (event, context) => {
      expectTypeOf(event).toEqualTypeOf<NewEvent<'Logged', { kcal: number }>>()
      expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>()
      expectTypeOf(context.publish(event)).toEqualTypeOf<Promise<Published>>()
    })
  })

  it('tells several types apart by their name', () => {
    bus.on([Logged, Removed], (event) => {
      if (event.type === 'Logged') expectTypeOf(event.data).toEqualTypeOf<{ kcal: number }>()
      else expectTypeOf(event.data).toEqualTypeOf<{ meal: string }>()
    })
  })

  it('takes a class that handles what it names', () => {
    class Coach {
      get eventTypes() {
        return [Logged] as const
      }
      async handle({ data }: NewEvent<'Logged', { kcal: number }>) {
        expectTypeOf(data.kcal).toEqualTypeOf<number>()
      }
    }
    expectTypeOf(bus.on(new Coach(), { concurrency: 1 })).toEqualTypeOf<() => void>()
    class Wrong {
      readonly eventTypes = [Removed] as const
      handle(event: NewEvent<'Logged', { kcal: number }>) {
        return event
      }
    }
    // @ts-expect-error it handles something else than it names
    bus.on(new Wrong())
  })

  it('refuses what no handler is', () => {
    // @ts-expect-error a name is no definition
    bus.on('Logged', () => undefined)
    // @ts-expect-error misspelt
    bus.on(Logged, () => undefined, { concurency: 1 })
  })
})
