import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventText } from '../../src/event/packed-events.ts'
import { Noted } from '../support/notes.ts'
import { readDisk } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { type RefusingServer, refusingServer } from '../support/refusing-server.ts'
import { thorough } from '../support/thorough.ts'

type Step =
  | { readonly do: 'append'; readonly stream: string; readonly word: string; readonly strict: boolean }
  /** @param isLost the answer never arrives: what was accepted comes back as a duplicate */
  | { readonly do: 'sync'; readonly forbidden: readonly string[]; readonly isLost: boolean }

const words = ['red', 'green', 'blue']
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('append'),
      stream: fc.constantFrom('a', 'a', 'b'),
      word: fc.constantFrom(...words),
      strict: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sync'), forbidden: fc.subarray(words), isLost: fc.boolean() }) },
)

interface Commit {
  readonly id: string
  readonly stream: string
  readonly word: string
  /** Undefined where it expects nothing: the version, and the own commits that it counts in that. */
  readonly expects: { readonly version: number; readonly behind: readonly string[] } | undefined
}

/** What client and server have to come to, each commit naming all that it stands on. */
class Model {
  readonly log: Commit[] = []
  confirmed: readonly Commit[] = []
  pending: Commit[] = []
  readonly letters = new Map<string, string>()

  get waiting(): ReadonlySet<string> {
    const waiting = new Set(this.letters.keys())
    for (const { id, expects } of this.pending) if (expects?.behind.some((each) => waiting.has(each))) waiting.add(id)
    return waiting
  }

  get counted(): readonly Commit[] {
    return this.pending.filter(({ id }) => !this.waiting.has(id))
  }

  expectation(stream: string): NonNullable<Commit['expects']> {
    const isThere = (each: Commit): boolean => each.stream === stream
    const behind = this.counted.filter(isThere).map(({ id }) => id)
    return { version: this.confirmed.filter(isThere).length + behind.length, behind }
  }

  sync(forbidden: readonly string[], isLost: boolean): void {
    const refused = new Map<string, string>()
    const missed = new Set<string>()
    for (const commit of this.counted) {
      const { id, stream, word, expects } = commit
      if (this.log.includes(commit)) continue
      const isHeld = expects !== undefined && missed.has(stream)
      const version = this.log.filter((each) => each.stream === stream).length
      if (isHeld) missed.add(stream)
      else if (expects !== undefined && expects.version !== version) refused.set(id, 'conflict')
      else if (forbidden.includes(word)) refused.set(id, `no-${word}`)
      else this.log.push(commit)
      if (refused.has(id)) missed.add(stream)
    }
    if (isLost) return
    this.confirmed = [...this.log]
    this.pending = this.pending.filter((each) => !this.log.includes(each) && !refused.has(each.id))
    for (const [id, code] of refused) this.letters.set(id, code)
    this.#breakBases()
  }

  /** Something that it does not stand on has come in front of it. */
  #breakBases(): void {
    for (const commit of [...this.pending]) {
      const { id, stream, expects } = commit
      if (expects === undefined || this.waiting.has(id)) continue
      const isIn = (each: string): boolean => this.pending.some((other) => other.id === each)
      const open = expects.behind.filter(isIn).length
      if (this.confirmed.filter((each) => each.stream === stream).length + open === expects.version) continue
      this.letters.set(id, 'conflict')
      this.pending = this.pending.filter((each) => each !== commit)
    }
  }
}

class Story {
  readonly model = new Model()
  readonly #world: RefusingServer
  /** Ids of commits that the client has been told are accepted. */
  readonly #told = new Set<string>()

  constructor(world: RefusingServer) {
    this.#world = world
  }

  async take(each: Step): Promise<void> {
    const { server, store, sync } = this.#world
    if (each.do === 'append') {
      const { stream, word } = each
      const expects = each.strict ? this.model.expectation(stream) : undefined
      const options = expects === undefined ? {} : { expectedVersion: expects.version }
      const commit = prepared(Noted({ text: word }, { stream }), options)
      await store.append(commit)
      this.model.pending.push({ id: commit.id, stream, word, expects })
      return
    }
    this.#world.forbidden = [...each.forbidden]
    server.losesAnswers = each.isLost
    await sync()
    const { commits = [] } = server.requests.at(-1) ?? {}
    expect(commits.filter(({ id }) => this.#told.has(id))).toEqual([])
    this.model.sync(each.forbidden, each.isLost)
    for (const { id } of this.model.confirmed) this.#told.add(id)
  }

  async check(): Promise<void> {
    const { store, disk, server } = this.#world
    const { known } = store
    expect(known.pending.records.map(({ id }) => id)).toEqual(this.model.pending.map(({ id }) => id))
    expect([...known.deadLetters.values()].map(({ id, code }) => [id, code]).sort()).toEqual(
      [...this.model.letters].sort(),
    )
    const { confirmed } = await readDisk(disk, 'server')
    const own = known.pending.counted.map(({ events }) => JSON.parse(eventText(events, 0)).data.text)
    const shown = [...confirmed.flatMap(({ events }) => events.map(({ text }) => text)), ...own]
    expect(shown).toEqual([...this.model.confirmed, ...this.model.counted].map(({ word }) => word))
    expect(await server.texts()).toEqual(this.model.log.map(({ word }) => word))
  }
}

describe('whatever the server says of each commit', () => {
  it('C45: the client is what the model says; what was accepted is never sent again, and what was refused is a dead letter with the code', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24, size: 'max' }), async (steps) => {
        const story = new Story(await refusingServer())
        for (const each of steps) {
          await story.take(each)
          await story.check()
        }
      }),
      { numRuns: thorough(150, 60) },
    )
  })
})
