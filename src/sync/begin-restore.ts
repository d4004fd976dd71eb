import { LarderError } from '../errors.ts'
import { withTurn } from '../store/begin-turn.ts'
import type { EventStore } from '../store/event-store.ts'
import { lostEnd, putNotes, withoutRecord } from '../store/quarantine.ts'
import { readPages } from '../store/read-pages.ts'
import type { Cursor, PendingRecord } from '../store/records.ts'
import type { ExchangeDraft } from './build-request.ts'
import { stillHolds } from './still-holds.ts'

/**
 * The server's log does not hold what was synced: from `known` on, everything is offered again. Only notes that it is so; `turnBack` then moves what lies
 * above. What waits was answered by a log that is no more, and is judged anew.
 *
 * @throws LarderError `server-protocol` when the server names a place that it was not shown
 */
export async function beginRestore(
  store: EventStore,
  { basis, marks }: Pick<ExchangeDraft, 'basis' | 'marks'>,
  known: Cursor | null,
  now: number,
): Promise<void> {
  const isShown =
    known === null || marks.some(({ position, mark }) => position === known.position && mark === known.mark)
  const isSame = known !== null && known.epoch === basis.cursor?.epoch && known.position === basis.cursor.position
  if (!isShown || isSame) {
    const problem = isSame ? 'it knows the place that it said it does not' : 'a place that it was not shown'
    throw new LarderError('server-protocol', `The server broke the sync protocol: ${problem}. Nothing was changed`, {
      details: { problem },
    })
  }
  const lost = await store.transition(async (tx, { meta, head, pending, deadLetters }) => {
    if (!stillHolds(meta, basis)) return undefined
    await tx.put('pending', ...pending.records.filter(isOfTheLog).map(anew))
    const letters = [...deadLetters.values()].filter(({ commit }) => isOfTheLog(commit))
    await tx.put('deadLetters', ...letters.map((letter) => ({ ...letter, commit: anew(letter.commit) })))
    // It may have lost what it was told to withdraw as well.
    for await (const page of readPages(tx, 'discarded')) {
      const again = page.map((record) => ({ ...record, withdraw: [record.id, ...record.commit.replaces] }))
      await tx.put('discarded', ...again)
    }
    const from = meta.authority.slice('server:'.length)
    await tx.put('meta', withTurn(meta, { why: 'restore', from, head, known }))
    const note = lostEnd(meta, Math.max(head, known?.position ?? 0), now)
    if (note !== undefined) await putNotes(tx, [note])
    return note
  })
  if (lost !== undefined) store.damages.take([withoutRecord(lost)])
}

/** Whether it holds something that was said of the log that is no more. */
function isOfTheLog({ verdict, decideFrom }: PendingRecord): boolean {
  return verdict !== undefined || decideFrom !== undefined
}

/** What is to be decided again need not wait for a place that the log may never reach. */
function anew(record: PendingRecord): PendingRecord {
  const { decideFrom, ...rest } = record
  return { ...rest, verdict: undefined, ...(decideFrom === undefined ? {} : { decideFrom: 0 }) }
}
