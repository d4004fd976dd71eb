import { defineDomain, defineEvent, defineProjection } from '@larder/sdk/domain'
import { z } from 'zod'

/** Keeps the thread busy, as a schema, a cipher or a fold of the app may. */
function beBusy(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

const stream = ({ stream: name }: { readonly stream: string }) => name

export const Written = defineEvent('Written', {
  schema: z.object({ stream: z.string(), text: z.string() }),
  stream,
})

/** Everything that the app adds to its way into the log takes its time: the schema, the name of the stream, key and fold. */
export const SlowlyWritten = defineEvent('SlowlyWritten', {
  schema: z.object({ stream: z.string(), text: z.string() }).refine(() => {
    beBusy(30)
    return true
  }),
  stream: (data) => {
    beBusy(10)
    return stream(data)
  },
})

/** Every text of a stream, in order. */
export const texts = defineProjection('texts', {
  version: 1,
  events: [Written, SlowlyWritten],
  key: (event) => {
    if (event.type === 'SlowlyWritten') beBusy(10)
    return event.stream
  },
  initial: (): readonly string[] => [],
  evolve: {
    Written: (all, { data }) => [...all, data.text],
    SlowlyWritten: (all, { data }) => {
      beBusy(50)
      return [...all, data.text]
    },
  },
})

/** What a long history comes to: the same several times, so that a test may have it folded anew. */
export const totals = [0, 1, 2, 3].map((time) =>
  defineProjection(`totals${time}`, {
    version: 1,
    events: [Written],
    initial: () => ({ events: 0, letters: 0 }),
    evolve: {
      Written: ({ events, letters }, { data }) => ({ events: events + 1, letters: letters + data.text.length }),
    },
  }),
)

export const notes = defineDomain({
  version: 'lab 1',
  events: [Written, SlowlyWritten],
  projections: [texts, ...totals],
})
