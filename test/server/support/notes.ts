import * as z from 'zod'
import { defineDomain, defineEvent, from, type StandardSchema } from '../../../src/domain.ts'

const text = z.string().min(1).max(100_000)

export const NoteWritten = defineEvent('NoteWritten', {
  version: 2,
  schema: z.object({ text, pinned: z.boolean().optional(), more: z.unknown().optional() }),
  stream: () => 'note-1',
  upcast: { 1: from(z.object({ body: z.string() }), (old) => ({ text: old.body })) },
})

const NoteRemoved = defineEvent('NoteRemoved', {
  schema: z.object({}),
  stream: () => 'note-1',
})

const throwing: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: () => {
      throw new Error('secret')
    },
  },
}

/** Its schema throws: a fault of the server, not of who sent it. */
const Cursed = defineEvent('Cursed', { schema: throwing })

export const notes = defineDomain({ version: 'notes 1', events: [NoteWritten, NoteRemoved, Cursed] })
