import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  amendDeadLetter,
  discardDeadLetter,
  refusePending,
  retryDeadLetter,
} from '../../src/dead-letter/dead-letter-actions.ts'
import { unpackEvents } from '../../src/event/packed-events.ts'
import { readConfirmedVersions } from '../../src/store/confirmed-versions.ts'
import { countBehind, type PendingRecord, type StreamBasis } from '../../src/store/records.ts'
import { commitsToPush } from '../../src/sync/build-request.ts'
import { Noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { type RefusingServer, refusingServer } from '../support/refusing-server.ts'
import { thorough } from '../support/thorough.ts'
import { NOON } from '../support/virtual-clock.ts'

type Step =
  | { readonly do: 'append'; readonly streams: readonly string[]; readonly word: string; readonly strict: boolean }
  | { readonly do: 'sync'; readonly forbidden: readonly string[] }
  | { readonly do: 'refuse'; readonly nth: number }
  | { readonly do: 'retry'; readonly nth: number }
  | { readonly do: 'discard'; readonly nth: number }
  | { readonly do: 'amend'; readonly nth: number; readonly streams: readonly string[]; readonly word: string }
  | { readonly do: 'reopen' }

const streams = fc.oneof(
  { weight: 3, arbitrary: fc.constant(['a']) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom('a', 'b', '__proto__'), { minLength: 1, maxLength: 3 }) },
)
const word = fc.constantFrom('red', 'green', 'blue')
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('append'), streams, word, strict: fc.constantFrom(true, true, false) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('refuse'), nth: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sync'), forbidden: fc.subarray(['red', 'green', 'blue']) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retry'), nth: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('discard'), nth: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('amend'), nth: fc.nat(3), streams, word }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen') }) },
)

/** By commit and stream, all that it stands on: each by its id. */
type Model = Map<string, Map<string, { confirmed: number; behind: { id: string; count: number }[] }>>

const notesIn = (names: readonly string[], text: string) => names.map((stream) => Noted({ text }, { stream }))

class Story {
  readonly model: Model = new Map()
  world: RefusingServer

  constructor(world: RefusingServer) {
    this.world = world
  }

  async take(each: Step): Promise<void> {
    const { world } = this
    if (each.do === 'append') await this.#append(each)
    else if (each.do === 'reopen') {
      const store = await openStore({ disk: world.disk, authority: 'server' })
      await store.close()
      await world.store.transition((tx, cache) =>
        tx.put('meta', { ...cache.meta, generation: cache.meta.generation + 1 }),
      )
    } else if (each.do === 'sync') {
      world.forbidden = [...each.forbidden]
      await world.sync()
    } else if (each.do === 'refuse') await this.#refuse(each.nth)
    else await this.#settle(each)
  }

  async #append({ streams: names, word: text, strict }: Extract<Step, { do: 'append' }>): Promise<void> {
    const { store } = this.world
    const distinct = [...new Set(names)]
    const bases = new Map(distinct.map((name) => [name, { confirmed: 0, behind: this.#behind(name) }]))
    for (const [name, basis] of bases) basis.confirmed = await this.#confirmed(name)
    const expected = distinct.map((name): [string, number] => {
      const basis = bases.get(name)
      return [name, (basis?.confirmed ?? 0) + (basis?.behind ?? []).reduce((sum, { count }) => sum + count, 0)]
    })
    const commit = prepared(notesIn(names, text), strict ? { expectedVersion: Object.fromEntries(expected) } : {})
    await store.append(commit)
    if (strict) this.model.set(commit.id, bases)
  }

  /** As when the server refuses a request for its sake alone. */
  async #refuse(nth: number): Promise<void> {
    const { store } = this.world
    const id = store.known.pending.records[nth]?.id
    if (id === undefined) return
    await store.transition((tx, cache) => refusePending(tx, cache, id, { code: 'validation', message: '', now: NOON }))
  }

  async #settle(each: Extract<Step, { do: 'retry' | 'discard' | 'amend' }>): Promise<void> {
    const { store } = this.world
    const id = [...store.known.deadLetters.keys()][each.nth]
    if (id === undefined) return
    if (each.do === 'retry') return void (await retryDeadLetter(store, id))
    if (each.do === 'discard') {
      await discardDeadLetter(store, id, '', NOON)
      return this.#replace(id, undefined, [])
    }
    const commit = prepared(notesIn(each.streams, each.word))
    await amendDeadLetter(store, id, commit, NOON)
    this.#replace(id, commit.id, each.streams)
  }

  #replace(id: string, successor: string | undefined, names: readonly string[]): void {
    for (const bases of this.model.values()) {
      for (const [name, basis] of bases) {
        const count = names.filter((each) => each === name).length
        const share = successor === undefined || count === 0 ? [] : [{ id: successor, count }]
        basis.behind = basis.behind.flatMap((each) => (each.id === id ? share : [each]))
      }
    }
  }

  #behind(stream: string) {
    const waiting = this.#waiting()
    return this.world.store.known.pending.records.flatMap(({ id, events }) => {
      if (waiting.has(id)) return []
      const count = unpackEvents(events).filter((each) => each.stream === stream).length
      return count === 0 ? [] : [{ id, count }]
    })
  }

  async #confirmed(stream: string): Promise<number> {
    const versions = await this.world.store.read((tx) => readConfirmedVersions(tx, [stream]))
    return versions.get(stream) ?? 0
  }

  check(): void {
    const { known } = this.world.store
    const letters = [...known.deadLetters.values()].map(({ commit }) => commit)
    for (const record of [...known.pending.records, ...letters]) this.#checkNumbers(record)
    expect(commitsToPush(known).map(({ id }) => id)).toEqual(this.#toPush())
    const waiting = this.#waiting()
    const counted = known.pending.records.filter(({ id }) => !waiting.has(id))
    expect(known.pending.counted).toEqual(counted)
    for (const name of ['a', 'b', '__proto__']) {
      const events = counted.flatMap((each) => unpackEvents(each.events)).filter(({ stream }) => stream === name)
      expect(known.pending.countInStream(name)).toBe(events.length)
    }
  }

  #checkNumbers(record: PendingRecord): void {
    const bases = this.model.get(record.id) ?? new Map()
    const numbers = (basis: StreamBasis) => basis.confirmed + countBehind(basis)
    expect(Object.entries(record.basis).map(([name, basis]) => [name, numbers(basis)])).toEqual(
      [...bases].map(([name, basis]) => [name, numbers(basis)]),
    )
  }

  /** A commit waits while one that it stands on is refused, or waits itself. */
  #waiting(): ReadonlySet<string> {
    const { pending, deadLetters } = this.world.store.known
    const waiting = new Set(deadLetters.keys())
    for (const { id } of pending.records) {
      const stands = [...(this.model.get(id)?.values() ?? [])].flatMap(({ behind }) => behind)
      if (stands.some((each) => waiting.has(each.id))) waiting.add(id)
    }
    return waiting
  }

  #toPush(): string[] {
    const waiting = this.#waiting()
    return this.world.store.known.pending.records.flatMap(({ id, verdict }) => {
      const isTaken = verdict?.status === 'accepted' || verdict?.status === 'duplicate'
      return isTaken || waiting.has(id) ? [] : [id]
    })
  }
}

describe('what a commit with an expectation stands on', () => {
  it('is what it would be if each commit named all before it, whatever becomes of them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 24, size: 'max' }), async (steps) => {
        const story = new Story(await refusingServer())
        for (const each of steps) {
          await story.take(each)
          story.check()
        }
      }),
      { numRuns: thorough(500, 60) },
    )
  })
})
