import { describe, expect, it } from 'vitest'
import { type Acknowledged, compareStore, nameOf } from '../../e2e/crash/compare.ts'
import { checksumOf, type FoundEvent, type StoreName } from '../../e2e/crash/notes.ts'

/** The events of one append, as they are read back from a store where nothing went wrong. */
function append(store: StoreName, call: number, size: number, from: number): FoundEvent[] {
  return Array.from({ length: size }, (_, index) => {
    const note = { store, run: 1, call, index, size, text: `note ${index}` }
    return {
      id: `event-${call}-${index}`,
      commitId: `commit-${call}`,
      ...(store === 'local' ? { position: from + index } : {}),
      data: { ...note, checksum: checksumOf(note) },
    }
  })
}

function acknowledged(store: StoreName, ...calls: readonly (readonly [call: number, size: number])[]) {
  const each = calls.map(([call, size]): [string, Acknowledged] => {
    const said = { run: 1, call, size, commitId: `commit-${call}` }
    return [nameOf(store, said), said]
  })
  return new Map(each)
}

const whole = [...append('local', 1, 2, 1), ...append('local', 2, 3, 3), ...append('local', 3, 1, 6)]
const said = acknowledged('local', [1, 2], [2, 3], [3, 1])

function compare(found: readonly FoundEvent[]) {
  const { lost, torn } = compareStore('local', found, said)
  return { lost: [...lost], torn: [...torn] }
}

/** The same log with one event replaced by others. */
const withEvent = (place: number, change: (event: FoundEvent) => readonly FoundEvent[]) =>
  whole.flatMap((event, index) => (index === place ? change(event) : [event]))

describe('a store after a crash', () => {
  it('is well when all that was acknowledged is there, in either zone', () => {
    expect(compare(whole)).toEqual({ lost: [], torn: [] })
    const pending = [...append('synced', 1, 2, 0), ...append('synced', 2, 1, 0)]
    expect(compareStore('synced', pending, acknowledged('synced', [1, 2], [2, 1]))).toEqual({
      lost: new Set(),
      torn: new Set(),
    })
  })

  it('may hold more: what was in flight and came through whole', () => {
    expect(compare([...whole, ...append('local', 4, 2, 7)])).toEqual({ lost: [], torn: [] })
  })

  it('has lost a commit of which nothing is there', () => {
    expect(compare(whole.slice(0, 5))).toEqual({ lost: ['local/1/3'], torn: [] })
  })

  it.each([
    ['an event is missing', withEvent(3, () => [])],
    ['an event is there twice', withEvent(3, (event) => [event, event])],
    ['a text has changed', withEvent(3, (event) => [{ ...event, data: { ...event.data, text: 'other' } }])],
    ['an event says another commit', withEvent(3, (event) => [{ ...event, commitId: 'commit-9' }])],
    ['an event has no position', withEvent(3, ({ position: _none, ...event }) => [event])],
    ['an event has the id of another', withEvent(3, (event) => [{ ...event, id: 'event-1-0' }])],
  ])('has a torn commit when %s', (_what, found) => {
    const { lost, torn } = compare(found)
    expect(lost).toEqual([])
    expect(torn).toContain('local/1/2')
  })

  it('has a torn commit when the events of another lie between its own', () => {
    const [a, b, c, d, e, f] = whole
    const mixed = [a, b, c, f, d, e].flatMap((event, index) => (event ? [{ ...event, position: index + 1 }] : []))
    expect(compare(mixed)).toEqual({ lost: [], torn: ['local/1/2'] })
  })

  it('has a torn commit when an append in flight came through in part', () => {
    expect(compare([...whole, ...append('local', 4, 3, 7).slice(0, 2)])).toEqual({ lost: [], torn: ['local/1/4'] })
  })

  it('has a torn commit when it is another than the acknowledged one', () => {
    const other = compareStore('local', whole, acknowledged('local', [1, 2], [2, 3], [3, 2]))
    expect([...other.torn]).toEqual(['local/1/3'])
  })
})
