import * as z from 'zod'
import { defineDomain, defineEvent, defineProjection } from '../../src/domain.ts'

/** The domain of most tests: small, and its projections tell every order of events from every other. */
export const Noted = defineEvent('Noted', {
  schema: z.object({ text: z.string(), days: z.array(z.string()).default([]) }),
  stream: () => 'notes',
})
export const Erased = defineEvent('Erased', { schema: z.object({ text: z.string() }), stream: () => 'notes' })

/** Every text in the order of the log, the erased ones crossed out. */
export const journal = defineProjection('journal', {
  version: 1,
  events: [Noted, Erased],
  initial: (): readonly string[] => [],
  evolve: {
    Noted: (lines, { data }) => [...lines, data.text],
    Erased: (lines, { data }) => [...lines, `-${data.text}`],
  },
})

/** The same for each of the days that a note is of: none, one or several. */
export const byDay = defineProjection('byDay', {
  version: 1,
  events: [Noted],
  key: ({ data }) => data.days,
  initial: (): readonly string[] => [],
  evolve: { Noted: (lines, { data }) => [...lines, data.text] },
})

/** Breaks at a note that says "boom". */
export const fragile = defineProjection('fragile', {
  version: 1,
  events: [Noted],
  initial: (): number => 0,
  evolve: {
    Noted: (count, { data }) => {
      if (data.text === 'boom') throw new RangeError(`secret ${data.text}`)
      return count + 1
    },
  },
})

export const notes = defineDomain({
  version: 'notes 1',
  events: [Noted, Erased],
  projections: [journal, byDay, fragile],
})

export function noted(text: string, ...days: readonly string[]): ReturnType<typeof Noted> {
  return Noted({ text, days: [...days] })
}
