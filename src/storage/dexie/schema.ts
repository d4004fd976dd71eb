import { LAYOUT_VERSION, type TableName } from '../../store/records.ts'
import type { SegmentIndex } from '../../store/storage-backend.ts'

/** Grows with every change of {@link TABLES}; one for each layout of the records. */
export const SCHEMA_VERSION = LAYOUT_VERSION

/** Dexie numbers versions in steps of ten. */
export const NATIVE_VERSION = SCHEMA_VERSION * 10

/** Those of the first layout: a database without them is not ours. */
export const FIRST_TABLES: readonly TableName[] = ['meta', 'confirmed', 'pending', 'deadLetters', 'discarded']

/** In Dexie's words: the key, then the indexes; `*` is one entry per item of the array. */
export const TABLES: { readonly [T in TableName]: string } = {
  meta: 'key',
  confirmed: 'last, *events.streams, *events.types, *commits.ids',
  pending: 'order',
  deadLetters: 'id',
  discarded: 'id',
  quarantine: 'id',
  handlers: 'name',
}

export const INDEX_NAMES: { readonly [I in SegmentIndex]: string } = {
  streams: 'events.streams',
  types: 'events.types',
  commitIds: 'commits.ids',
}
