import { aggregateStream } from '../aggregate/aggregate-stream.ts'
import type { AnyAggregate } from '../aggregate/define-aggregate.ts'
import { type AggregateClass, attachDraft, SourcedAggregate } from '../aggregate/sourced-aggregate.ts'
import type { Appended } from '../client/append-gate.ts'
import type { Client } from '../client/client.ts'
import { argumentError } from '../errors.ts'
import { type AggregateDraft, Draft } from './aggregate-draft.ts'
import { checkAggregate, commandsOf, emptyReceipt, execute } from './execute-command.ts'
import type { LarderAggregates } from './larder-aggregates.ts'
import type { Receipt } from './receipt.ts'

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
    execute: (aggregate, id, options = {}) =>
      commandsOf(aggregate, (command, args) =>
        execute(client, { aggregate, id, command, args, options }, createReceipt),
      ),
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
