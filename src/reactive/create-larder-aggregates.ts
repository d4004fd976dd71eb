import { aggregateStream } from '../aggregate/aggregate-stream.ts'
import type { AnyAggregate } from '../aggregate/define-aggregate.ts'
import { type AggregateClass, attachDraft, SourcedAggregate } from '../aggregate/sourced-aggregate.ts'
import type { Appended } from '../client/append-gate.ts'
import type { Client } from '../client/client.ts'
import { writeOnce } from '../client/write-once.ts'
import { argumentError, LarderError } from '../errors.ts'
import { checkMetadata } from '../event/check-metadata.ts'
import { checkPayload } from '../event/check-payload.ts'
import type { JsonValue } from '../event/json.ts'
import { jsonBytes } from '../event/json-bytes.ts'
import { EVENT_LIMITS } from '../event/limits.ts'
import { commitIdOf } from '../event/prepare-commit.ts'
import { showValue } from '../event/show-value.ts'
import { type AggregateDraft, Draft } from './aggregate-draft.ts'
import { checkObject } from './check-options.ts'
import type { CommandsOf, ExecuteOptions, LarderAggregates } from './larder-aggregates.ts'
import type { Receipt } from './receipt.ts'

const DEFAULT_ATTEMPTS = 10
const MAX_ATTEMPTS = 100

/** What a `Larder` does with aggregates. */
export function createLarderAggregates(client: Client, createReceipt: (stored: Appended) => Receipt): LarderAggregates {
  const receiptOf = (stored: Appended | undefined, commitId: string) =>
    stored === undefined ? emptyReceipt(commitId) : createReceipt(stored)
  /** Of the instances that `load` has given. */
  const drafts = new WeakMap<SourcedAggregate, Draft>()

  const openDraft = async (aggregate: AnyAggregate, id: string): Promise<Draft> => {
    checkAggregate(aggregate)
    const stream = aggregateStream(aggregate, id)
    const { state, version } = await client.call((api) => api.loadAggregate(aggregate.name, id))
    const loaded = { state: aggregate.fromPlain(id, state), version }
    return new Draft({ client, aggregate, id, stream, loaded, receiptOf })
  }
  const load = async (given: AnyAggregate | AggregateClass<SourcedAggregate>, id: string): Promise<unknown> => {
    const isClass = typeof given === 'function'
    const draft = await openDraft(isClass ? given.definition : given, id)
    const { state, version } = draft
    if (!isClass) return { state, version }
    if (!(state instanceof SourcedAggregate))
      throw argumentError('aggregate', 'A class of aggregates extends EventSourcedAggregate(…)')
    attachDraft(state, draft)
    drafts.set(state, draft)
    return state
  }

  return {
    execute: <A extends AnyAggregate>(aggregate: A, id: string, options: ExecuteOptions = {}) => {
      checkAggregate(aggregate)
      const methods = Array.from(aggregate.commands.keys(), (command) => [
        command,
        (args?: unknown) => execute(client, { aggregate, id, command, args, options }, receiptOf),
      ])
      // One method for each command of A, and nothing else that could be called.
      return Object.freeze(Object.assign(Object.create(null), Object.fromEntries(methods))) as CommandsOf<A>
    },
    // The overloads say what is loaded.
    load: load as LarderAggregates['load'],
    // The state is one of A: its own functions made it.
    edit: async <A extends AnyAggregate>(aggregate: A, id: string) =>
      (await openDraft(aggregate, id)) as unknown as AggregateDraft<A>,
    save: async (aggregate, options) => {
      const draft = drafts.get(aggregate)
      if (draft === undefined) throw argumentError('aggregate', 'Only what this store has loaded can be saved here')
      return draft.save(options)
    },
  }
}

interface Execution {
  readonly aggregate: AnyAggregate
  readonly id: string
  readonly command: string
  readonly args: unknown
  readonly options: ExecuteOptions
}

async function execute(
  client: Client,
  { aggregate, id, command, args, options }: Execution,
  receiptOf: (stored: Appended | undefined, commitId: string) => Receipt,
): Promise<Receipt> {
  checkObject('options', options)
  const { maxAttempts = DEFAULT_ATTEMPTS } = options
  if (!Number.isSafeInteger(maxAttempts) || maxAttempts < 1 || maxAttempts > MAX_ATTEMPTS)
    throw argumentError('maxAttempts', `maxAttempts is a whole number from 1 to ${MAX_ATTEMPTS}; got ${maxAttempts}`)
  aggregateStream(aggregate, id)
  const name = `${aggregate.name}.${command}`
  const commitId = commitIdOf(options.id, client.prepareContext)
  const request = {
    ...{ aggregate: aggregate.name, id, command, commitId, maxAttempts },
    args: checkArgs(name, args),
    metadata: options.metadata === undefined ? undefined : checkMetadata(options.metadata, name, 0),
  }
  const hasId = options.id !== undefined
  const stored = await writeOnce(commitId, hasId, (lookUp) => {
    // Under an id that was made for it, whatever is stored is its own, by a worker that died before it could say so.
    const events = client.wantsStored(aggregate.types) ? (hasId ? 'fresh' : 'any') : undefined
    return client.call((api) => api.execute({ ...request, lookUp, events }), { writes: true })
  })
  if (stored?.events !== undefined) client.announce(stored.events)
  return receiptOf(stored, commitId)
}

function checkArgs(type: string, given: unknown): JsonValue | undefined {
  if (given === undefined) return undefined
  const args = checkPayload(given, 'args')
  const bytes = jsonBytes(args)
  const max = EVENT_LIMITS.eventBytes
  if (bytes <= max) return args
  throw new LarderError(
    'event-too-large',
    `The argument of ${type} is ${bytes} bytes of JSON; the most is ${max}. Keep files outside and pass their address`,
    { details: { type, bytes, max } },
  )
}

/** Of what stored nothing: there is nothing that could still be refused. */
function emptyReceipt(commitId: string): Receipt {
  return { commitId, eventIds: [], position: undefined, settled: async () => 'confirmed' }
}

function checkAggregate(given: unknown): void {
  if (typeof given === 'object' && given !== null && 'kind' in given && given.kind === 'aggregate') return
  throw argumentError('aggregate', `An aggregate is made by defineAggregate; got ${showValue(given)}`)
}
