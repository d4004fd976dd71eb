import { describe, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { defineEvent } from '../../src/domain.ts'
import type { DeadLetter, DurableHandler, Larder, Receipt } from '../../src/index.ts'

declare const larder: Larder

const Logged = defineEvent('Logged', { schema: z.object({ kcal: z.number() }) })
const Removed = defineEvent('Removed', { schema: z.object({ meal: z.string() }) })

describe('handle', () => {
  it('knows the event, and what the handler may do', () => {
    const handler = larder.handle(
      Logged,
      async (event, context) => {
        expectTypeOf(event.data).toEqualTypeOf<{ kcal: number }>()
        expectTypeOf(event.position).toEqualTypeOf<number | undefined>()
        expectTypeOf(context.attempt).toEqualTypeOf<number>()
        expectTypeOf(context.append(Removed({ meal: 'm' }))).toEqualTypeOf<Promise<Receipt>>()
        // @ts-expect-error its ids are derived
        await context.append(Removed({ meal: 'm' }), { id: 'x' })
      },
      { name: 'coach', when: 'stored', retry: { attempts: 5 } },
    )
    expectTypeOf(handler).toEqualTypeOf<DurableHandler>()
  })

  it('tells several types apart', () => {
    larder.handle(
      [Logged, Removed],
      (event) => {
        if (event.type === 'Logged') expectTypeOf(event.data).toEqualTypeOf<{ kcal: number }>()
        else expectTypeOf(event.data).toEqualTypeOf<{ meal: string }>()
      },
      { name: 'coach' },
    )
  })

  it('takes a class, and demands a name', () => {
    class Coach {
      readonly eventTypes = [Logged] as const
      async handle({ data }: { readonly data: { readonly kcal: number } }) {
        expectTypeOf(data.kcal).toEqualTypeOf<number>()
      }
    }
    larder.handle(new Coach(), { name: 'coach' })
    // @ts-expect-error no name
    larder.handle(Logged, () => undefined, {})
    // @ts-expect-error misspelt
    larder.handle(Logged, () => undefined, { name: 'coach', when: 'later' })
  })
})

describe('dead letters', () => {
  it('are told apart by their kind', () => {
    const letter = {} as DeadLetter
    if (letter.kind === 'handler') expectTypeOf(letter.handler).toEqualTypeOf<string>()
    else expectTypeOf(letter.replaces).toEqualTypeOf<readonly string[]>()
    void larder.deadLetters.attempt('id', ({ events }) => events)
    expectTypeOf(larder.deadLetters.retryReady()).toEqualTypeOf<Promise<number>>()
  })
})
