import { describe, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { defineEvent, defineProjection } from '../../src/domain.ts'
import type { ViewState } from '../../src/index.ts'
import { useView, useViewRange, useViewState } from '../../src/react/index.ts'

interface Day {
  readonly phase: 'open' | 'closed'
}

const Logged = defineEvent('Logged', { schema: z.object({ day: z.string() }) })
const initial = (): Day => ({ phase: 'open' })
const evolve = { Logged: (state: Day): Day => state }
const total = defineProjection('total', { version: 1, events: [Logged], initial, evolve })
const byDay = defineProjection('byDay', { version: 1, events: [Logged], key: ({ data }) => data.day, initial, evolve })

describe('hooks', () => {
  it('know the state of a projection, which is not there at first', () => {
    expectTypeOf(useView(total)).toEqualTypeOf<Day | undefined>()
    expectTypeOf(useView(byDay, 'mon', { layer: 'confirmed' })).toEqualTypeOf<Day | undefined>()
    expectTypeOf(useViewState(total, { layer: 'all' })).toEqualTypeOf<ViewState<Day> | undefined>()
    expectTypeOf(useViewState(byDay, 'mon')).toEqualTypeOf<ViewState<Day> | undefined>()
    expectTypeOf(useViewRange(byDay, { from: 'a', to: 'b' })).toEqualTypeOf<ReadonlyMap<string, Day> | undefined>()
  })

  it('ask for a key where there is one per key, and for none where there is one state', () => {
    // @ts-expect-error which day?
    useView(byDay)
    // @ts-expect-error which day?
    useViewState(byDay, { layer: 'all' })
    // @ts-expect-error there is one state
    useView(total, 'mon')
    // @ts-expect-error there is one state
    useViewState(total, 'mon')
    // @ts-expect-error there is one state
    useViewRange(total, { from: 'a', to: 'b' })
    // @ts-expect-error no such layer
    useView(total, { layer: 'pending' })
  })
})
