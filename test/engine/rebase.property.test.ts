import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineProjection } from '../../src/domain.ts'
import { AggregateDesk } from '../../src/engine/aggregate-desk.ts'
import { isLarderError } from '../../src/errors.ts'
import type { JsonValue } from '../../src/event/json.ts'
import { ProjectionStates } from '../../src/projection/projection-states.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { applyResponse } from '../../src/sync/apply-response.ts'
import { BATCH_TARGETS, buildRequest } from '../../src/sync/build-request.ts'
import type { WirePulledCommit } from '../../src/sync/wire.ts'
import { openStore } from '../support/open-store.ts'
import { uuid } from '../support/prepared.ts'
import { emptyResponse, pulled } from '../support/sync-server.ts'
import { Done, Opened, taskDomain } from '../support/tasks.ts'
import { thorough } from '../support/thorough.ts'
import { NOON, settled, VirtualClock } from '../support/virtual-clock.ts'
import { countingIds } from '../support/virtual-platform.ts'

const task = fc.integer({ min: 1, max: 5 }).map((n) => `t${n}`)
const histories = fc.record({
  /** What another device did, whether it made sense or not. */
  remote: fc.array(fc.record({ does: fc.constantFrom('open', 'done'), task }), { minLength: 1, maxLength: 8 }),
  /** What this one asked for meanwhile. */
  local: fc.array(fc.record({ command: fc.constantFrom('open', 'open', 'finish', 'finishAll'), task }), {
    minLength: 1,
    maxLength: 8,
  }),
  /** Behind which of the other's commits a page ends, told twice. */
  pages: fc.tuple(fc.array(fc.boolean()), fc.array(fc.boolean())),
})

interface Histories {
  readonly remote: readonly { readonly does: string; readonly task: string }[]
  readonly local: readonly { readonly command: string; readonly task: string }[]
}

/** Every order of what happened to a task tells from every other. */
const taskLines = defineProjection('taskLines', {
  version: 1,
  events: [Opened, Done],
  key: ({ data }) => data.task,
  initial: (): readonly string[] => [],
  evolve: {
    Opened: (lines, { data, id }) => [...lines, `opened ${data.title} ${id}`],
    Done: (lines, { id }) => [...lines, `done ${id}`],
  },
})

function commitsOf(remote: Histories['remote']): WirePulledCommit[] {
  return remote.map(({ does, task: name }, index) => {
    const { type, data } = does === 'open' ? Opened({ task: name, title: name }) : Done({ task: name })
    const commit = pulled(index + 1, index + 1)
    return { ...commit, events: commit.events.map((event) => ({ ...event, type, data, stream: 'tasks-a' })) }
  })
}

function partsOf<T>(list: readonly T[], cuts: readonly boolean[]): T[][] {
  const parts: T[][] = [[]]
  for (const [index, each] of list.entries()) {
    parts.at(-1)?.push(each)
    if (cuts[index] === true && index < list.length - 1) parts.push([])
  }
  return parts
}

/** One device that executed offline, and pulls what the other did page by page. */
class Replica {
  readonly disk = new MemoryDisk()
  readonly states = new ProjectionStates(taskLines, taskDomain.catalog)
  readonly #store: EventStore
  readonly #desk: AggregateDesk

  private constructor(store: EventStore, disk: MemoryDisk) {
    this.disk = disk
    this.#store = store
    this.#desk = new AggregateDesk({
      ...{ store, domain: taskDomain, snapshots: undefined, clock: new VirtualClock(), ids: countingIds(7) },
      append: (commit, options) => store.append(commit, options),
      logger: { error: (message) => expect.unreachable(message), info: () => undefined, debug: () => undefined },
      isLeader: () => true,
      onDecided: () => undefined,
    })
  }

  static async open(): Promise<Replica> {
    const disk = new MemoryDisk()
    return new Replica(await openStore({ disk, authority: 'server' }), disk)
  }

  async execute(local: Histories['local']): Promise<void> {
    for (const [index, { command, task: name }] of local.entries()) {
      const args: Readonly<Record<string, JsonValue>> = { open: { title: name, task: name }, finish: name }
      try {
        await this.#desk.execute({
          ...{ aggregate: 'tasks', id: 'a', command, args: args[command], commitId: uuid(index + 1) },
          ...{ metadata: undefined, maxAttempts: 1, lookUp: false },
        })
      } catch (error) {
        if (!isLarderError(error, 'refused')) throw error
      }
    }
  }

  async pull(pages: readonly WirePulledCommit[][]): Promise<void> {
    const head = pages.flat().length
    for (const commits of pages) {
      const position = commits.at(-1)?.position ?? 0
      const cursor = { epoch: 'epoch-1', position, mark: `mark ${position}` }
      const { known } = this.#store
      const draft = buildRequest(known, [], { domain: 'tasks 1', echo: true, limits: BATCH_TARGETS })
      const response = emptyResponse({ commits: [...commits], cursor, head, more: position < head })
      await applyResponse(this.#store, draft, response, { now: NOON, random: () => 0.5, maxAttempts: 3 })
      for (const segment of await this.#store.readConfirmed(this.states.position, 100)) this.states.advanceBase(segment)
      this.states.rebase(known.pending.counted)
      // As long as a request takes: whatever is to be decided by then is decided.
      for (let turn = 0; turn < 20; turn++) await settled()
    }
    while (this.#store.known.pending.toDecide.size > 0) await settled()
    this.states.rebase(this.#store.known.pending.counted)
    await this.#desk.stop()
  }

  /** All that is not confirmed, and all states, as text. */
  get bytes(): string {
    const { pending, deadLetters, discarded } = this.disk.tables
    const tables = [pending, deadLetters, discarded].map(({ records }) => [...records])
    const states = this.states.keys('all').map((key) => [key, this.states.state(key, 'all')])
    return JSON.stringify([tables, states])
  }
}

async function rebased({ local, remote }: Histories, cuts: readonly boolean[]): Promise<string> {
  const replica = await Replica.open()
  await replica.execute(local)
  await replica.pull(partsOf(commitsOf(remote), cuts))
  return replica.bytes
}

describe('what waits, on what others did meanwhile', () => {
  it('C64: comes to the same bytes, however often it is calculated, and in whatever pages it came', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (given) => {
        const whole = await rebased(given, [])
        expect(await rebased(given, [])).toBe(whole)
        for (const cuts of given.pages) expect(await rebased(given, cuts)).toBe(whole)
      }),
      { numRuns: thorough(100, 40) },
    )
  })
})
