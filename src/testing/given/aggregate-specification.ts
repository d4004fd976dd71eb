import { plainArgs, readArgs } from '../../aggregate/command-args.ts'
import { argumentError } from '../../errors.ts'
import { storedEventOf } from '../../event/commit-draft.ts'
import { prepareEvent } from '../../event/prepare-commit.ts'
import type { DomainEvent, NewEvent, StoredEvent } from '../../event/recorded-event.ts'
import type { StandardSchema } from '../../event/standard-schema.ts'
import type { Domain } from '../../projection/define-domain.ts'
import { differences } from '../compare/differences.ts'
import { showValue } from '../compare/show-value.ts'
import { TEST_START } from '../time/manual-clock.ts'
import { deepFreeze } from './deep-freeze.ts'
import { givenEvents, testId } from './given-events.ts'
import { specificationFailure } from './specification-failure.ts'

/** What an aggregate is made of, as types. */
export interface SubjectTypes {
  readonly event: NewEvent
  /** What each command takes, by name. */
  readonly commands: object
}

/** What is needed of an aggregate: what `defineAggregate` answers has it. */
export interface AggregateToSpecify<T extends SubjectTypes> {
  readonly kind: 'aggregate'
  readonly name: string
  readonly types: ReadonlySet<string>
  readonly streamOf: (id: string) => string
  readonly initialState: (id: string) => unknown
  readonly evolveState: (state: unknown, event: DomainEvent) => unknown
  readonly commands: ReadonlyMap<
    string,
    {
      readonly args: StandardSchema | undefined
      readonly decide: (
        state: unknown,
        args: unknown,
        context: { id: string; now: string; newId: () => string },
      ) => unknown
    }
  >
  /** For the compiler only; never there. */
  readonly '~types'?: T
}

export interface AggregateGivenOptions {
  /** Which one it is. Default `'1'`. */
  readonly id?: string
  /** When the command is given, ISO 8601. Default: noon of 23 November 2026. */
  readonly now?: string
  /** Default: ids that end with 1, 2, 3, … as the command asks for them. */
  readonly newId?: () => string
}

export interface GivenAggregate<T extends SubjectTypes> {
  /** Gives it a command. A command without an argument takes none. */
  when<K extends keyof T['commands'] & string>(
    command: K,
    ...args: undefined extends T['commands'][K] ? [args?: T['commands'][K]] : [args: T['commands'][K]]
  ): WhenCommanded<T['event']>
}

/**
 * What comes of it. Each throws what `execute` would reject with where the argument cannot be kept (`payload-…`) or does not fit (`validation`), or where
 * the events that the command made could not be appended.
 */
export interface WhenCommanded<E extends NewEvent> {
  /** These events, in this order. Stream, id and metadata are compared where the expected event names them. */
  then(events: readonly E[]): void
  /** It is refused with this code. */
  thenRefused(code: string): void
  /** It is taken, and there is nothing to do. */
  thenNothing(): void
}

type Outcome =
  | { readonly kind: 'events'; readonly events: readonly StoredEvent[] }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }

export function specifyAggregate<T extends SubjectTypes>(
  domain: Domain,
  aggregate: AggregateToSpecify<T>,
  given: readonly NewEvent[],
  options: AggregateGivenOptions = {},
): GivenAggregate<T> {
  const run = new CommandRun(domain, aggregate, given, options)
  return {
    when: (command, ...[args]) => {
      const decide = () => run.decide(command, args)
      const what = `${aggregate.name}.${command}`
      return {
        // biome-ignore lint/suspicious/noThenProperty: given … when … then is what it is called; it is no promise, and refuses to be taken for one.
        then: (events) => {
          if (typeof events === 'function')
            throw specificationFailure('when(…) is no promise: call its then with events', [])
          expectEvents(what, run.prepare(events), events, decide())
        },
        thenNothing: () => expectEvents(what, [], [], decide()),
        thenRefused: (code) => {
          const outcome = decide()
          if (outcome.kind === 'refused' && outcome.code === code) return
          throw specificationFailure(`${what} was not refused as expected`, [
            `expected: refused with '${code}'`,
            came(outcome),
          ])
        },
      }
    },
  }
}

function expectEvents(
  what: string,
  expected: readonly StoredEvent[],
  named: readonly NewEvent[],
  outcome: Outcome,
): void {
  const wanted = expected.map((event, index) => comparable(event, named[index]))
  const told = [`expected: ${wanted.length === 0 ? 'nothing' : showValue(wanted.map(brief))}`, came(outcome)]
  if (outcome.kind === 'refused') throw specificationFailure(`${what} was refused`, told)
  const made = outcome.events.map((event, index) => comparable(event, named[index]))
  const found = differences(wanted, made, 'events')
  if (found.length > 0)
    throw specificationFailure(`${what} made other events than expected`, [
      ...told,
      ...found.map((line) => `at ${line}`),
    ])
}

/** What counts of an event: what it says, and of the rest what the expected one names. */
function comparable(event: StoredEvent, named: NewEvent | undefined): Partial<StoredEvent> {
  const { type, version, data } = event
  return {
    ...{ type, version, data },
    ...(named?.id === undefined ? {} : { id: event.id }),
    ...(named?.stream === undefined ? {} : { stream: event.stream }),
    ...(named?.metadata === undefined ? {} : { metadata: event.metadata }),
  }
}

function brief({ version: _, ...rest }: Partial<StoredEvent>): unknown {
  return rest
}

function came(outcome: Outcome): string {
  if (outcome.kind === 'refused') return `came:     refused with '${outcome.code}': ${outcome.message}`
  if (outcome.events.length === 0) return 'came:     nothing'
  return `came:     ${showValue(outcome.events.map(({ type, data }) => ({ type, data })))}`
}

class CommandRun {
  readonly #domain: Domain
  readonly #aggregate: AggregateToSpecify<SubjectTypes>
  readonly #given: readonly NewEvent[]
  readonly #options: AggregateGivenOptions

  constructor(
    domain: Domain,
    aggregate: AggregateToSpecify<SubjectTypes>,
    given: readonly NewEvent[],
    options: AggregateGivenOptions,
  ) {
    this.#domain = domain
    this.#aggregate = aggregate
    this.#given = given
    this.#options = options
  }

  decide(name: string, args: unknown): Outcome {
    const command = this.#aggregate.commands.get(name)
    if (command === undefined)
      throw argumentError('command', `Aggregate ${this.#aggregate.name} has no command '${name}'`)
    const type = `${this.#aggregate.name}.${name}`
    const checked = readArgs(type, command.args, plainArgs(type, args))
    const state = this.#state()
    const decide = (): unknown => command.decide(state, checked, this.#context())
    const [decided, again] = [decide(), decide()]
    const unsteady = differences(decided, again)
    if (unsteady.length > 0) throw specificationFailure(`${type} is not pure: decided twice, it differs`, unsteady)
    if (isRefusal(decided)) return { kind: 'refused', code: decided.code, message: decided.message }
    return { kind: 'events', events: this.prepare(Array.isArray(decided) ? decided : [decided]) }
  }

  /** Events as they would be stored, checked as an append checks them. */
  prepare(events: readonly NewEvent[]): readonly StoredEvent[] {
    const { catalog } = this.#domain
    return events.map((event, index) => {
      if (!this.#aggregate.types.has(event?.type))
        throw argumentError('events', `${showValue(event?.type)} is not among the events of ${this.#aggregate.name}`)
      const newId = () => testId('event', index + 1)
      const context = { catalog, now: () => TEST_START, newId }
      return storedEventOf(prepareEvent(event, index, this.#now, { stream: this.#stream }, context))
    })
  }

  get #now(): string {
    return this.#options.now ?? new Date(TEST_START).toISOString()
  }

  get #id(): string {
    return this.#options.id ?? '1'
  }

  get #stream(): string {
    return this.#aggregate.streamOf(this.#id)
  }

  #context(): { id: string; now: string; newId: () => string } {
    let count = 0
    return { id: this.#id, now: this.#now, newId: this.#options.newId ?? (() => testId('command', ++count)) }
  }

  #state(): unknown {
    const { name, types } = this.#aggregate
    let state = this.#aggregate.initialState(this.#id)
    for (const event of givenEvents(this.#domain, this.#given, this.#stream)) {
      if (event.stream !== this.#stream)
        throw argumentError(
          'events',
          `${event.type} is given in ${event.stream}, but ${name} '${this.#id}' is in ${this.#stream}`,
        )
      if (types.has(event.type)) state = this.#aggregate.evolveState(deepFreeze(state), deepFreeze(event))
    }
    return deepFreeze(state)
  }
}

function isRefusal(value: unknown): value is { readonly code: string; readonly message: string } {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'refusal'
}
