import type { EventCatalog } from '../../src/event/catalog.ts'
import { type AppendOptions, type PreparedCommit, prepareCommit } from '../../src/event/prepare-commit.ts'
import type { NewEvent } from '../../src/event/recorded-event.ts'
import { notes } from './notes.ts'
import { NOON } from './virtual-clock.ts'
import { countingIds } from './virtual-platform.ts'

const ids = countingIds(0xffff)

/** A commit as the page makes it, at noon. */
export function prepared(
  events: NewEvent | readonly NewEvent[],
  options: AppendOptions = {},
  catalog: EventCatalog = notes.catalog,
): PreparedCommit {
  return prepareCommit(events, options, { catalog, now: () => NOON, newId: () => ids.next() })
}

/** A lower-case UUID with a number in it. */
export function uuid(n: number): string {
  return `aaaaaaaa-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
}
