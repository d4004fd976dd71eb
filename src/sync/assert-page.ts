import { LarderError } from '../errors.ts'
import type { ExchangeDraft } from './build-request.ts'
import type { ExchangeResponse } from './wire.ts'

/** The confirmed zone advances in order and without a gap, on the log that was asked, and only commits that were sent may come back bare. */
export function assertPage(draft: ExchangeDraft, response: ExchangeResponse): void {
  const epoch = draft.basis.cursor?.epoch ?? (draft.basis.authority.slice('server:'.length) || response.cursor.epoch)
  if (response.cursor.epoch !== epoch) throw protocolError('the epoch changed')
  const start = draft.basis.cursor?.position ?? 0
  if (response.cursor.position < start) throw protocolError('the cursor went back')
  if (response.more && response.cursor.position === start) throw protocolError('more to come, but nothing now')
  if (new Set(response.commits.map(({ id }) => id)).size < response.commits.length)
    throw protocolError('a commit twice')
  const sent = new Set(draft.commitIds)
  let next = start + 1
  for (const [index, commit] of response.commits.entries()) {
    if (commit.position !== next) throw protocolError('a gap between commits')
    if ('events' in commit) next += commit.events.length
    else if (!sent.has(commit.id)) throw protocolError('a commit without its events that was not sent')
    // The size of an echo is known here only by what follows it.
    else next = response.commits[index + 1]?.position ?? response.cursor.position + 1
  }
  if (next !== response.cursor.position + 1) throw protocolError('the cursor is not behind the last commit')
}

/** Nothing of an answer that is wrong anywhere is applied. */
export function protocolError(problem: string): LarderError<'server-protocol'> {
  return new LarderError(
    'server-protocol',
    `The server broke the sync protocol: ${problem}. Nothing of its answer was applied`,
    { details: { problem } },
  )
}
