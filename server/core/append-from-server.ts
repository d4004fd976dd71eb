import { LarderError } from '../../src/errors.ts'
import { concurrencyError, isExpectationMet } from '../../src/event/expected-version.ts'
import { eventText, unpackEvents } from '../../src/event/packed-events.ts'
import {
  type AppendOptions,
  type PrepareContext,
  type PreparedCommit,
  prepareCommit,
} from '../../src/event/prepare-commit.ts'
import type { NewEvent, StoredEvent } from '../../src/event/recorded-event.ts'
import { bodyHashOf, canonicalJson } from './fingerprint.ts'
import type { CommitEntry, LogTransaction, ServerLog } from './server-log.ts'

/** The maker of commits that the backend itself appends; no device has this id. */
export const SERVER_DEVICE = '00000000-0000-0000-0000-000000000000'

export interface ServerReceipt {
  readonly commitId: string
  /** Of the commit's first event. */
  readonly position: number
}

/** With where the log then stands, for those who listen. */
export interface ServerAppended {
  readonly receipt: ServerReceipt
  readonly epoch: string
  readonly head: number
}

export interface ServerAppendContext extends PrepareContext {
  readonly log: ServerLog
}

/**
 * Appends as the backend: checked like an append on a device, but asked by no rule, because rules are about what devices may say. It reaches
 * the account's devices like any other commit. With an `id` it is idempotent: the same id with the same events is stored once.
 *
 * @throws LarderError `concurrency`, `id-reused`, and all that a bad append gets on a device
 */
export async function appendFromServer(
  account: string,
  events: NewEvent | readonly NewEvent[],
  options: AppendOptions,
  context: ServerAppendContext,
): Promise<ServerAppended> {
  const prepared = prepareCommit(events, options, context)
  const stored = unpackEvents(prepared.events)
  return context.log.transact(account, async (log) => {
    const known = (await log.commits([prepared.id])).get(prepared.id)
    if (known !== undefined) await assertSame(known, prepared.id, stored, log)
    const position = known?.position ?? (await append(prepared, stored, context.now(), log))
    return { receipt: { commitId: prepared.id, position }, epoch: log.epoch, head: (await log.head()).position }
  })
}

async function append(
  prepared: PreparedCommit,
  stored: readonly StoredEvent[],
  now: number,
  log: LogTransaction,
): Promise<number> {
  await assertAppendable(prepared, log)
  return log.append({
    id: prepared.id,
    device: SERVER_DEVICE,
    seq: await freeSeq(log),
    receivedAt: new Date(now).toISOString(),
    bodyHash: bodyHashOf(stored),
    events: stored.map(({ id, stream }, index) => ({ id, stream, text: eventText(prepared.events, index) })),
  })
}

/** What the caller gave has to be equal; ids and times of the events were made up on the way. */
async function assertSame(
  known: CommitEntry,
  id: string,
  events: readonly StoredEvent[],
  log: LogTransaction,
): Promise<void> {
  const [commit] = await log.read(known.position - 1, { events: 1, units: 1 })
  const before: readonly StoredEvent[] = commit?.events.map((text) => JSON.parse(text)) ?? []
  if (given(before) !== given(events)) throw idReused(id, `Commit ${id} was appended before, with other events`)
}

function given(events: readonly StoredEvent[]): string {
  return canonicalJson(
    events.map(({ type, version, stream, data, metadata }) => [type, version, stream, data, metadata]),
  )
}

async function assertAppendable(prepared: PreparedCommit, log: LogTransaction): Promise<void> {
  const [taken] = (await log.eventOwners(prepared.eventIds)).keys()
  if (taken !== undefined) throw idReused(taken, `Event ${taken} was appended before, in another commit`)
  for (const [stream, expected] of Object.entries(prepared.expected)) {
    const actual = await log.streamVersion(stream)
    if (!isExpectationMet(expected, actual)) throw concurrencyError(stream, expected, actual)
  }
}

/** Grows with the log. A device may have claimed to be the server, as it does when it offers a commit again after a restore. */
async function freeSeq(log: LogTransaction): Promise<number> {
  let seq = (await log.head()).position + 1
  while ((await log.seqOwners(SERVER_DEVICE, [seq])).size > 0) seq++
  return seq
}

function idReused(id: string, sentence: string): LarderError<'id-reused'> {
  return new LarderError('id-reused', `${sentence}: use a fresh id`, { details: { id } })
}
