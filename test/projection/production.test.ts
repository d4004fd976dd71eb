import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { defineDomain, defineEvent, defineProjection, from, retireEvent } from '../../src/domain.ts'
import { Projector } from '../../src/projection/projector.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'

const Before = z.object({ n: z.number() })
const stream = () => 'days'
const V1 = defineEvent('Logged', { schema: Before, stream })
const Prompted = defineEvent('Prompted', { schema: z.object({}), stream })
const Later = defineEvent('Later', { schema: z.object({}), stream })
const Noted = defineEvent('Noted', { schema: z.object({ text: z.string() }), stream })
const V2 = defineEvent('Logged', {
  version: 2,
  schema: z.object({ amount: z.number() }),
  stream,
  upcast: {
    1: from(Before, [Noted], ({ n }, current) => {
      if (n === 13) throw new RangeError('unlucky')
      return [current({ amount: n * 10 }), Noted({ text: `was ${n}` })]
    }),
  },
})

const earlier = defineDomain({ version: '1', events: [V1, Prompted, Later, Noted] })
const lines = defineProjection('lines', {
  version: 1,
  events: [V2, Noted],
  initial: (): readonly string[] => [],
  evolve: {
    Logged: (all, { data, version }) => [...all, `${data.amount} of ${version}`],
    Noted: (all, { data }) => [...all, data.text],
  },
})
const today = (development: boolean) =>
  defineDomain({
    version: '2',
    events: [V2, Noted],
    retired: [retireEvent('Prompted')],
    projections: [lines],
    development,
  })
const shipped = today(false)

const makers = {
  old: (n: number) => ({ event: V1({ n }), catalog: earlier.catalog }),
  retired: () => ({ event: Prompted({}), catalog: earlier.catalog }),
  unknown: () => ({ event: Later({}), catalog: earlier.catalog }),
  current: (n: number) => ({ event: V2({ amount: n }), catalog: shipped.catalog }),
  note: (n: number) => ({ event: Noted({ text: `${n}` }), catalog: shipped.catalog }),
} as const

/** What each event means, by itself. */
function meaning(kind: keyof typeof makers, n: number): readonly string[] {
  if (kind === 'old') return n === 13 ? [] : [`${n * 10} of 2`, `was ${n}`]
  if (kind === 'current') return [`${n} of 2`]
  return kind === 'note' ? [`${n}`] : []
}

it('a shipped app folds what is current without looking at it, and reads the rest as one that is being made does', async () => {
  const stored = { id: '', type: 'Logged', stream: 'days', time: '', data: {}, metadata: {} }
  const isCurrent = [1, 2, 3].map((version) => shipped.catalog.isCurrent({ ...stored, version }))
  expect(isCurrent).toEqual([false, true, false])
  expect(today(true).catalog.isCurrent({ ...stored, version: 2 })).toBe(false)
  const kinds = fc.constantFrom(...(Object.keys(makers) as (keyof typeof makers)[]))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(kinds, fc.integer({ min: 11, max: 14 })), { maxLength: 20 }), async (log) => {
      const disk = new MemoryDisk()
      const store = await openStore({ disk })
      for (const [kind, n] of log) {
        const { event, catalog } = makers[kind](n)
        await store.append(prepared(event, {}, catalog))
      }
      const wanted = log.flatMap(([kind, n]) => meaning(kind, n))
      const seen = []
      for (const development of [false, true]) {
        // Folded when all is there, in a tab that has written nothing of it.
        const projector = new Projector(today(development), await openStore({ disk }))
        expect(await projector.state('lines', '', 'confirmed')).toEqual(wanted)
        seen.push(projector.unreadable())
      }
      expect(seen[0]).toEqual(seen[1])
    }),
    { numRuns: 60 },
  )
})
