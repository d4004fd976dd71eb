import { describeDeadLetter } from '../dead-letter/describe-dead-letter.ts'
import { unpackEvents } from '../event/packed-events.ts'
import type { EventStore } from '../store/event-store.ts'
import type { DiscardedRecord } from '../store/records.ts'

/** Raised when a reader of before would misread a line. */
export const LETTERS_VERSION = 1
/** A part ends with the line with which it has this much, in UTF-16 units. */
const PART_UNITS = 1024 * 1024
/** Records of what was given up that are read at a time. */
const PAGE = 4

/** Where the next part begins: behind the letter, or the record, of this id. */
export interface LettersPlace {
  readonly of: 'letters' | 'discarded'
  readonly after: string
  readonly letters: number
  readonly discarded: number
}

export interface LettersPart {
  /** Whole lines. */
  readonly text: string
  /** Undefined: this was the last. */
  readonly next: LettersPlace | undefined
}

export interface ExportLettersOptions {
  readonly store: EventStore
  /** Version of the app's domain. */
  readonly domain: string
  /** ms since 1970. */
  readonly now: number
}

/**
 * All dead letters, then all that was given up or replaced, as lines of JSON; a part at a time, each by the id that it goes on from. Nothing is kept in
 * between, so that it goes on with another worker too.
 *
 * @param place undefined for the first part
 */
export async function exportLetters(options: ExportLettersOptions, place?: LettersPlace): Promise<LettersPart> {
  const { store, domain, now } = options
  if (place === undefined) {
    await store.refresh()
    const at = new Date(now).toISOString()
    const header = {
      kind: 'larder-dead-letters',
      version: LETTERS_VERSION,
      domain,
      device: store.known.meta.device,
      at,
    }
    return { text: line(header), next: { of: 'letters', after: '', letters: 0, discarded: 0 } }
  }
  return place.of === 'letters' ? letters(store, place) : discarded(store, place)
}

function letters(store: EventStore, place: LettersPlace): LettersPart {
  const { deadLetters, handlerLetters } = store.known
  const rest = [...deadLetters.values(), ...handlerLetters.values()]
    .filter(({ id }) => id > place.after)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  let text = ''
  let count = 0
  for (const letter of rest) {
    text += line(describeDeadLetter(letter))
    count++
    if (text.length >= PART_UNITS) break
  }
  const total = place.letters + count
  const last = rest[count - 1]
  if (count < rest.length && last !== undefined) return { text, next: { ...place, after: last.id, letters: total } }
  return { text, next: { ...place, of: 'discarded', after: '', letters: total } }
}

async function discarded(store: EventStore, place: LettersPlace): Promise<LettersPart> {
  let text = ''
  let { after, discarded: count } = place
  while (text.length < PART_UNITS) {
    const range = after === '' ? { limit: PAGE } : { after, limit: PAGE }
    const page = await store.read((tx) => tx.read('discarded', range))
    for (const record of page) text += line(describe(record))
    count += page.length
    after = page.at(-1)?.id ?? after
    if (page.length < PAGE) {
      const end = line({ kind: 'end', letters: place.letters, discarded: count })
      return { text: text + end, next: undefined }
    }
  }
  return { text, next: { ...place, after, discarded: count } }
}

function describe({ id, why, note, at, commit }: DiscardedRecord): unknown {
  const { replaces, events } = commit
  return { kind: why, id, note, at: new Date(at).toISOString(), replaces, events: unpackEvents(events) }
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}
