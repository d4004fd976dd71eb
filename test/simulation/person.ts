import type { DeadLetter } from '../../src/dead-letter/dead-letter.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { isLarderError } from '../../src/errors.ts'
import type { ExpectedVersion } from '../../src/event/expected-version.ts'
import { type AppendOptions, type PreparedCommit, prepareCommit } from '../../src/event/prepare-commit.ts'
import type { NewEvent } from '../../src/event/recorded-event.ts'
import { MAX_MEAL_CALORIES } from '../../src/nutrition/index.ts'
import type { Domain } from '../../src/projection/define-domain.ts'
import type { Prng } from '../../src/testing/chance/prng.ts'
import type { AppTab } from '../../src/testing/simulator/app-tab.ts'
import type { Attempt, History } from '../../src/testing/simulator/history.ts'
import { describe } from '../../src/testing/simulator/installation.ts'
import type { Person as Somebody } from '../../src/testing/simulator/scene.ts'
import type { Violations } from '../../src/testing/simulator/violations.ts'
import type { FaultCounts } from '../../src/testing/simulator/world/fault-counts.ts'
import type { SimTab } from '../../src/testing/simulator/world/sim-platform.ts'
import { drawCommand } from './draw-command.ts'
import { drawEvents, POISON } from './draw-events.ts'
import { SharedMealLogged } from './releases.ts'

export interface PersonOptions {
  readonly prng: Prng
  readonly history: History
  readonly violations: Violations
  readonly counts: FaultCounts
}

/** Whoever sits before one device: logs what was eaten, and looks after what was refused. */
export class Person implements Somebody {
  readonly #options: PersonOptions

  constructor(options: PersonOptions) {
    this.#options = options
  }

  /** Appends something that chance picks; sometimes with an expectation, sometimes what a tab that died has left unanswered. */
  async act(device: string, app: AppTab): Promise<void> {
    const { prng, history } = this.#options
    const { engine, tab } = app
    if (engine === undefined) return
    const unanswered = history.unanswered(device)
    if (unanswered !== undefined && prng.chance(0.3)) {
      this.#options.counts.add('append-repeated')
      await this.#send(engine, tab, unanswered, true)
      return
    }
    const { domain } = app
    // What a command comes to is not counted as an append, and every device has to have made some.
    if (domain.aggregates.has('meal') && history.appendsOf(device) > 1 && prng.chance(0.4))
      return this.#execute(engine, tab)
    const events = drawEvents(prng, domain)
    const expectedVersion = prng.chance(0.25) ? await this.#expectation(engine, app, events) : undefined
    if (expectedVersion === 'unreadable') return
    const commit = this.#prepare(app, events, expectedVersion === undefined ? {} : { expectedVersion })
    await this.#send(engine, tab, history.begin(device, tab, commit), false)
  }

  /** Does something about one dead letter; answers whether there was one. `isDone`: nothing that would only come back. */
  async attend(device: string, app: AppTab, isDone: boolean): Promise<boolean> {
    const { prng } = this.#options
    const { engine, tab } = app
    // What a tab of the next release has made waits for a tab that can read it.
    const [first, ...others] = (engine?.deadLetters.list() ?? []).filter(
      (letter) => letter.nextAttempt === undefined && letter.events.every((event) => isReadable(event, app.domain)),
    )
    if (engine === undefined || first === undefined) return false
    const letter = prng.pick([first, ...others])
    const dice = prng.next()
    try {
      if (letter.code === 'already-accepted' || dice < 0.25) {
        tab.actor.record(`discards ${letter.id}`)
        await engine.deadLetters.discard(letter.id, 'not wanted any more')
        this.#options.counts.add('discard')
      } else if (!isDone && dice < 0.5) {
        tab.actor.record(`retries ${letter.id}`)
        await engine.deadLetters.retry(letter.id)
        this.#options.counts.add('retry')
      } else {
        await this.#amend(engine, app, device, letter)
        this.#options.counts.add('amend')
      }
    } catch (error) {
      if (!isPlanned(error) && !isSettled(error)) this.#defect(`attending ${letter.id}`, error)
    }
    return true
  }

  async #amend(engine: Engine, app: AppTab, device: string, letter: DeadLetter): Promise<void> {
    const { tab } = app
    const commit = this.#prepare(
      app,
      letter.events.map((event) => mended(event, app.domain)),
      {},
    )
    const attempt = this.#options.history.begin(device, tab, commit, letter.id)
    tab.actor.record(`amends ${letter.id} with ${commit.id}`)
    try {
      await engine.deadLetters.amend(letter.id, commit)
      attempt.outcome = 'acknowledged'
    } catch (error) {
      attempt.outcome = isPlanned(error) ? 'failed' : 'refused'
      throw error
    }
  }

  /** What it comes to is known by what lies in the outbox: the tab may die before it is told. */
  async #execute(engine: Engine, tab: SimTab): Promise<void> {
    const command = drawCommand(this.#options.prng)
    const commitId = tab.platform.ids.next()
    tab.actor.record(`executes ${command.command} of ${command.id} as ${commitId}`)
    this.#options.counts.add('command')
    try {
      await engine.aggregates.execute({ ...command, commitId, metadata: undefined, maxAttempts: 10, lookUp: false })
    } catch (error) {
      if (isPlanned(error) || isLarderError(error, 'refused') || isLarderError(error, 'concurrency')) return
      // The disk has lost a record of its stream.
      if (isLarderError(error, 'storage-damaged')) return this.#options.counts.add('undecided-over-damage')
      this.#defect(`${command.command} of ${command.id}`, error)
    }
  }

  async #send(engine: Engine, tab: SimTab, attempt: Attempt, lookUp: boolean): Promise<void> {
    const { commit } = attempt
    attempt.sender = tab
    attempt.outcome = 'unknown'
    attempt.isRepeated ||= lookUp
    tab.actor.record(`appends ${commit.id}`)
    try {
      const stored = await engine.append(commit, { lookUp })
      attempt.outcome = 'acknowledged'
      if (stored.commitId !== commit.id) this.#defect(`append ${commit.id}`, `answered ${stored.commitId}`)
      tab.actor.record(`stored ${commit.id}`)
    } catch (error) {
      tab.actor.record(`did not store ${commit.id}`)
      if (isLarderError(error, 'concurrency')) attempt.outcome = 'refused'
      else if (isPlanned(error)) attempt.outcome = 'failed'
      else this.#defect(`append ${commit.id}`, error)
    }
  }

  /** What the device sees of the events' streams. */
  async #expectation(
    engine: Engine,
    { domain }: AppTab,
    events: readonly NewEvent[],
  ): Promise<Readonly<Record<string, ExpectedVersion>> | 'unreadable'> {
    const expected: Record<string, ExpectedVersion> = {}
    try {
      for (const stream of new Set(events.map(({ type, data }) => domain.catalog.get(type).streamOf?.(data) ?? ''))) {
        const answer = await engine.events({
          stream,
          types: undefined,
          where: undefined,
          from: undefined,
          to: undefined,
          limit: 1000,
          direction: 'forward',
          after: undefined,
        })
        const version = answer.events.length
        expected[stream] = version === 0 ? 'noStream' : this.#options.prng.chance(0.2) ? 'streamExists' : version
      }
      return expected
    } catch (error) {
      if (!isPlanned(error)) this.#defect('reading a stream', error)
      return 'unreadable'
    }
  }

  #prepare({ tab, domain }: AppTab, events: readonly NewEvent[], options: AppendOptions): PreparedCommit {
    const { clock, ids } = tab.platform
    return prepareCommit(events, options, {
      catalog: domain.catalog,
      now: () => clock.now(),
      newId: () => ids.next(),
    })
  }

  #defect(where: string, error: unknown): void {
    this.#options.violations.add('no-defect', `${where}: ${describe(error)}`)
  }
}

/** Somebody else was first: in another tab, or the server, with what it says to one that is tried again. */
function isSettled(error: unknown): boolean {
  return isLarderError(error, 'dead-letter-unknown') || isLarderError(error, 'dead-letter-accepted')
}

/** The tab was closed, or its storage told to fail. */
function isPlanned(error: unknown): boolean {
  return isLarderError(error, 'closed') || isLarderError(error, 'storage-unavailable')
}

function isReadable({ type, version }: DeadLetter['events'][number], { catalog }: Domain): boolean {
  const known = catalog.find(type)
  return known !== undefined && version <= known.version
}

/** The same event with an amount that a server believes, and a name that nothing on the way takes for an attack. */
function mended({ type, data }: DeadLetter['events'][number], { catalog }: Domain): NewEvent {
  // Made anew, by the definition that the app has now.
  const { version } = catalog.get(type)
  if (typeof data !== 'object' || data === null || !('calories' in data)) return { type, version, data }
  const calories = Math.min(Number(data['calories']), MAX_MEAL_CALORIES - 1)
  const isPoison = 'name' in data && data['name'] === POISON
  const isShared = version === SharedMealLogged.version ? { shared: false } : {}
  return { type, version, data: { ...isShared, ...data, calories, ...(isPoison ? { name: 'Peas' } : {}) } }
}
