/**
 * How the server judges a commit. The order of the checks is part of the protocol: when two apply, clients rely on which one answers.
 *
 *  1. the id is known: `duplicate`, whatever else the commit says; with another body `id-reused`
 *  2. the id was withdrawn, or the commit replaces one that was accepted
 *  3. an event's id is stored in another commit
 *  4. an earlier commit of the batch that it may stand on was not accepted: `held`; then its expectations: `conflict`
 *  5. it is newer than this server: `deferred`; then limits, text and schema
 *  6. the rules
 *
 * Only acceptance and withdrawal are remembered: what is refused is judged anew when it is sent again.
 */
import type { Logger } from '../../src/platform/ports.ts'
import type { WireCommit, WireVerdict } from '../../src/sync/wire.ts'
import { BatchView } from './batch-view.ts'
import { checkEvents, type Definitions } from './check-events.ts'
import { bodyHashOf } from './fingerprint.ts'
import { readStreamForRules } from './read-stream.ts'
import { askRules, type Rule } from './rules.ts'
import type { LogTransaction } from './server-log.ts'

export interface JudgeContext {
  readonly account: string
  readonly definitions: Definitions
  readonly rules: readonly Rule[]
  /** ms since 1970. */
  readonly now: number
  /** The same as text, as it is stored. */
  readonly receivedAt: string
  readonly logger: Logger | undefined
}

/** A commit whose maker is known. */
export type CommitFromDevice = WireCommit & { readonly device: string }

/** Judges the commits of one request, in their order; each sees what the ones before it wrote. */
export async function judgeBatch(
  commits: readonly CommitFromDevice[],
  log: LogTransaction,
  context: JudgeContext,
): Promise<WireVerdict[]> {
  const view = await BatchView.of(commits, log)
  const verdicts: WireVerdict[] = []
  /** By stream, the first commit of the batch that has events in it and was not accepted. */
  const refused = new Map<string, string>()
  for (const commit of commits) {
    const verdict = await judge(commit, refused, view, log, context)
    verdicts.push(verdict)
    if (verdict.status === 'accepted' || verdict.status === 'duplicate') continue
    for (const { stream } of commit.events) if (!refused.has(stream)) refused.set(stream, commit.id)
  }
  return verdicts
}

async function judge(
  commit: CommitFromDevice,
  refused: ReadonlyMap<string, string>,
  view: BatchView,
  log: LogTransaction,
  context: JudgeContext,
): Promise<WireVerdict> {
  const bodyHash = bodyHashOf(commit.events)
  const early =
    checkKnown(commit, bodyHash, view) ??
    checkLine(commit, view) ??
    checkEventIds(commit, view) ??
    checkHeld(commit, refused) ??
    (await checkExpectations(commit, log))
  if (early !== undefined) return early

  const { id, device, seq } = commit
  const checked = checkEvents(commit.events, context.definitions)
  if (checked.kind === 'too-new') return { id, status: 'deferred', code: 'server-too-old' }
  if (checked.kind === 'refused')
    return rejected(id, checked.refusal.code, checked.refusal.message, checked.refusal.retryable)

  const { account, definitions, now, receivedAt } = context
  const refusal = await askRules(
    context.rules,
    { id, device, seq, events: checked.events },
    { account, now, read: (stream, options) => readStreamForRules(log, definitions, stream, options) },
    context.logger,
  )
  if (refusal !== undefined) return rejected(id, refusal.code, refusal.message, refusal.retryable)

  const position = await view.append({ id, device, seq, receivedAt, bodyHash, events: checked.toAppend })
  await view.withdraw(earlierIdsOf(commit))
  return { id, status: 'accepted', position }
}

function checkKnown({ id }: WireCommit, bodyHash: string, view: BatchView): WireVerdict | undefined {
  const known = view.accepted(id)
  if (known === undefined) return undefined
  if (known.bodyHash === bodyHash) return { id, status: 'duplicate', position: known.position }
  return rejected(
    id,
    'id-reused',
    'A commit with this id was accepted before, with other events. Append these as a new commit.',
  )
}

function checkLine(commit: WireCommit, view: BatchView): WireVerdict | undefined {
  const { id } = commit
  if (view.isWithdrawn(id)) {
    return rejected(id, 'withdrawn', 'This commit was discarded or replaced before it arrived.')
  }
  const [accepted] = earlierIdsOf(commit).flatMap((earlier) => view.accepted(earlier) ?? [])
  if (accepted === undefined) return undefined
  return {
    ...rejected(
      id,
      'already-accepted',
      'What this was to replace had been accepted already; it counts, and this does not.',
    ),
    position: accepted.position,
  }
}

function checkEventIds(commit: WireCommit, view: BatchView): WireVerdict | undefined {
  const ids = new Set(commit.events.map((event) => event.id))
  if ([...ids].some((id) => view.holdsEvent(id))) {
    return rejected(commit.id, 'event-exists', 'An event of this commit was accepted before, in another commit.')
  }
  if (ids.size < commit.events.length)
    return rejected(commit.id, 'id-duplicate', 'Two events of this commit have the same id.')
  return undefined
}

/** Held even where the expected number matches by chance: what the commit was made to follow is not there. */
function checkHeld(commit: WireCommit, refused: ReadonlyMap<string, string>): WireVerdict | undefined {
  for (const stream of Object.keys(commit.expected ?? {})) {
    const behind = refused.get(stream)
    if (behind !== undefined) return { id: commit.id, status: 'held', behind }
  }
  return undefined
}

async function checkExpectations(commit: WireCommit, log: LogTransaction): Promise<WireVerdict | undefined> {
  for (const [stream, expected] of Object.entries(commit.expected ?? {})) {
    const actual = await log.streamVersion(stream)
    if (expected === 'streamExists' ? actual > 0 : actual === expected) continue
    return rejected(
      commit.id,
      'conflict',
      `Something else happened to ${stream} first: look at it again, and decide again.`,
    )
  }
  return undefined
}

function earlierIdsOf(commit: WireCommit): readonly string[] {
  return (commit.replaces ?? []).filter((id) => id !== commit.id)
}

function rejected(id: string, code: string, message: string, retryable = false): WireVerdict & { status: 'rejected' } {
  return { id, status: 'rejected', code, message, retryable }
}
