/**
 * Whether the data of an event holds a word.
 * Only the data: an id is hexadecimal, and so is a word like "bad".
 */
export function mentions(events: readonly { readonly data: unknown }[], word: string): boolean {
  return events.some(({ data }) => JSON.stringify(data).includes(word))
}
