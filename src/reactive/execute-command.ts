import { aggregateStream } from '../aggregate/aggregate-stream.ts'
import { plainArgs } from '../aggregate/command-args.ts'
import type { AnyAggregate } from '../aggregate/define-aggregate.ts'
import type { Appended } from '../client/append-gate.ts'
import type { Client } from '../client/client.ts'
import { writeOnce } from '../client/write-once.ts'
import { argumentError } from '../errors.ts'
import { checkMetadata } from '../event/check-metadata.ts'
import { commitIdOf } from '../event/prepare-commit.ts'
import { showValue } from '../event/show-value.ts'
import { checkObject } from './check-options.ts'
import type { CommandsOf, ExecuteOptions } from './larder-aggregates.ts'
import type { Receipt } from './receipt.ts'

const DEFAULT_ATTEMPTS = 10
const MAX_ATTEMPTS = 100

/** A method for each command of an aggregate, and nothing else that could be called. */
export function commandsOf<A extends AnyAggregate>(
  aggregate: A,
  run: (command: string, args: unknown) => Promise<Receipt>,
): CommandsOf<A> {
  checkAggregate(aggregate)
  const methods = Array.from(aggregate.commands.keys(), (command) => [command, (args?: unknown) => run(command, args)])
  return Object.freeze(Object.assign(Object.create(null), Object.fromEntries(methods))) as CommandsOf<A>
}

export interface Execution {
  readonly aggregate: AnyAggregate
  readonly id: string
  readonly command: string
  readonly args: unknown
  readonly options: ExecuteOptions
}

/** Has the engine carry out a command, and tells who listens of what it stored. */
export async function execute(
  client: Client,
  { aggregate, id, command, args, options }: Execution,
  createReceipt: (stored: Appended) => Receipt,
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
    args: plainArgs(name, args),
    metadata: options.metadata === undefined ? undefined : checkMetadata(options.metadata, name, 0),
  }
  const hasId = options.id !== undefined
  const stored = await writeOnce(commitId, hasId, (lookUp) => {
    // Under an id that was made for it, whatever is stored is its own, by a worker that died before it could say so.
    const events = client.stored.want(aggregate.types) ? (hasId ? 'fresh' : 'any') : undefined
    return client.call((api) => api.execute({ ...request, lookUp, events }), { writes: true })
  })
  if (stored?.events !== undefined) client.stored.announce(stored.events)
  return stored === undefined ? emptyReceipt(commitId) : createReceipt(stored)
}

/** Of what stored nothing: there is nothing that could still be refused. */
export function emptyReceipt(commitId: string): Receipt {
  return { commitId, eventIds: [], position: undefined, settled: async () => 'confirmed' }
}

export function checkAggregate(given: unknown): void {
  if (typeof given === 'object' && given !== null && 'kind' in given && given.kind === 'aggregate') return
  throw argumentError('aggregate', `An aggregate is made by defineAggregate; got ${showValue(given)}`)
}
