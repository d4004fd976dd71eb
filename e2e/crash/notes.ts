import { defineDomain, defineEvent } from '@larder/sdk/domain'
import { z } from 'zod'

/** Where commits lie: `local` in the confirmed zone, `synced` in the pending one, because its server never answers. */
export const stores = ['local', 'synced'] as const
export type StoreName = (typeof stores)[number]

const Note = z.object({
  store: z.enum(stores),
  /** Which start of the browser wrote it, from 1; 0 for the import, which goes on from run to run. */
  run: z.int(),
  /** Which append of that run; each tab has a range of its own. Of the import: which of its batches. From 1. */
  call: z.int(),
  /** Its place among the events of that append, from 0. */
  index: z.int(),
  /** How many events that append has. */
  size: z.int(),
  text: z.string(),
  checksum: z.int(),
})
export type NoteData = z.infer<typeof Note>

/** A page of what is read back. */
export const FoundPage = z.object({
  events: z.array(
    z.object({
      id: z.string(),
      commitId: z.string(),
      /** Absent while it is pending. */
      position: z.int().optional(),
      data: Note,
    }),
  ),
  /** Where the next page starts; absent at the end. */
  next: z.string().optional(),
})
export type FoundEvent = z.infer<typeof FoundPage>['events'][number]

/** Says of itself to which append it belongs and how many came with it, so that what is found can be judged by itself. */
export const NoteWritten = defineEvent('NoteWritten', {
  version: 1,
  schema: Note,
  stream: ({ call }) => `notes-${call % 16}`,
})

export const notes = defineDomain({ version: '1', events: [NoteWritten] })

/** Events of each commit of the import. */
export const IMPORT_BATCH = 40
/** The same in every run, so that each goes on where the last was killed. */
export const IMPORT_ID = '0196b5a0-0000-7000-8000-00000000c0de'
/** Calls of a tab are numbered from its number times this. */
export const CALLS_PER_TAB = 1_000_000

/** FNV-1a over everything else that the event says. */
export function checksumOf({ store, run, call, index, size, text }: Omit<NoteData, 'checksum'>): number {
  let hash = 0x811c9dc5
  for (const character of `${store}/${run}/${call}/${index}/${size}/${text}`)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return hash >>> 0
}

/** What the page tells the harness, outside the browser. */
export type Report =
  | {
      readonly kind: 'acknowledged'
      readonly store: StoreName
      readonly run: number
      readonly call: number
      readonly size: number
      readonly commitId: string
      readonly tab: number
      /** How many appends this tab has begun in this run so far. */
      readonly begun: number
    }
  /** A batch of the import is stored, perhaps since an earlier run. */
  | { readonly kind: 'imported'; readonly store: StoreName; readonly call: number }
  | { readonly kind: 'begun'; readonly tab: number; readonly begun: number }
  | { readonly kind: 'failed'; readonly problem: string }
