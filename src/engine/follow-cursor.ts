import type { Fork, MetaRecord, Turn } from '../store/records.ts'
import type { OfLog } from './events-cursor.ts'
import { afterFormer, type EarlierDevice, type FeedCursor, foreignCursor } from './feed-cursor.ts'

type LogIdentity = Pick<MetaRecord, 'authority' | 'device' | 'turns' | 'forks'>

/** Whose positions the confirmed zone has. While a log is set back, they are still those of before. */
export function epochOf({ authority, turns }: Pick<MetaRecord, 'authority' | 'turns'>): string {
  const turn = turns?.at(-1)
  if (turn?.isOpen === true) return turn.from
  return authority === 'local' ? 'local' : authority.slice('server:'.length)
}

export function startOfFeed(meta: LogIdentity): FeedCursor {
  const turn = lastTurnOf(meta)
  const start: FeedCursor = {
    ...{ epoch: epochOf(meta), device: meta.device, position: 0, seq: 0, except: [] },
    ...(turn === 0 ? {} : { turn }),
  }
  let earlier: readonly EarlierDevice[] = []
  for (const step of stepsOf(meta, 0))
    earlier = 'device' in step ? earlier.concat(earlierAt(step, { seq: 0, except: [] })) : cutAt(earlier, step)
  return earlier.length === 0 ? start : { ...start, earlier }
}

/** Behind everything that is there: what was confirmed before the log was set back is, wherever it lies now. */
export function endOfFeed(meta: LogIdentity, head: number): FeedCursor {
  const end = { ...startOfFeed(meta), position: head }
  const turn = meta.turns?.at(-1)
  return turn === undefined ? end : afterFormer(end, { turn: turn.number, position: turn.head })
}

/**
 * The same place in the log as it is now, after whatever has happened to it since: it was set back, or the installation took another device id.
 *
 * @param head where the confirmed zone ends
 * @throws LarderError `cursor-foreign` when it belongs to another log or installation, or to this one too long ago
 */
export function followCursor(cursor: FeedCursor, meta: LogIdentity, head: number): FeedCursor {
  let followed = cursor
  for (const step of stepsOf(meta, cursor.turn ?? 0)) {
    if ('device' in step) followed = step.device === followed.device ? afterFork(followed, step) : followed
    else if (step.from === followed.epoch) followed = afterTurn(followed, step)
  }
  const epoch = epochOf(meta)
  // A cursor from before the first exchange has no confirmed position yet, and holds under any epoch.
  const isOurs = followed.epoch === epoch || (followed.epoch === '' && followed.position === 0)
  if (!isOurs) throw foreignCursor('belongs to another log')
  if (meta.authority === 'local' && followed.position > head) throw foreignCursor('lies behind the end of this log')
  if (followed.device === meta.device) return { ...followed, epoch }
  if (meta.authority === 'local' || !isOfAnyDevice(followed)) throw foreignCursor('belongs to another installation')
  return { ...followed, epoch, device: meta.device }
}

/** By whom, and in what log, a page is read backward. */
export function ofLog(meta: LogIdentity): OfLog {
  return { epoch: epochOf(meta), device: meta.device, turn: lastTurnOf(meta) }
}

/**
 * That a place which a page was read backward to is in the log as it is now.
 *
 * @param place `top`: up to which position the rest lies; `isOfOutbox`: it says what waited as well
 * @throws LarderError `cursor-foreign` when it belongs to another log or installation, or lies above what is here: it would be passed over
 */
export function checkPlace(
  place: { readonly of: OfLog; readonly top: number; readonly isOfOutbox: boolean },
  meta: LogIdentity,
  head: number,
): void {
  const { of, top, isOfOutbox } = place
  const isOurs = of.epoch === epochOf(meta) || (of.epoch === '' && top === 0)
  if (!isOurs && meta.turns === undefined) throw foreignCursor('belongs to another log')
  if (!isOurs || of.turn !== lastTurnOf(meta)) throw foreignCursor('is of before the log was set back')
  if (top > head && meta.turns?.at(-1)?.isOpen !== true) throw foreignCursor('lies behind the end of this log')
  const isSame = of.device === meta.device || meta.forks?.some(({ device }) => device === of.device) === true
  if (!isSame && (meta.authority === 'local' || isOfOutbox)) throw foreignCursor('belongs to another installation')
}

/** Says nothing but a position of the server's: seqs, former ids and turns are known to the installation alone that has them. */
function isOfAnyDevice({ seq, earlier, formerly, turn }: FeedCursor): boolean {
  return seq === 0 && earlier === undefined && formerly === undefined && turn === undefined
}

/** Turns and forks, in the order in which they happened. A log can come back to an epoch of before, so what a cursor has followed is not followed again. */
function stepsOf({ turns = [], forks = [] }: LogIdentity, after: number): readonly (Turn | Fork)[] {
  return [
    ...turns.map((turn) => ({ at: turn.number, step: turn })),
    ...forks.map((fork) => ({ at: fork.turn + 0.5, step: fork })),
  ]
    .filter(({ at }) => at > after)
    .sort((a, b) => a.at - b.at)
    .map(({ step }) => step)
}

/** What lay above `known` counts as delivered by where it lay. */
function afterTurn(cursor: FeedCursor, turn: Turn): FeedCursor {
  const noted = afterFormer(cursor, { turn: turn.number, position: cursor.position })
  if (turn.isOpen) return noted
  const at = turn.known?.position ?? 0
  const moved = { ...noted, epoch: turn.known?.epoch ?? '', position: Math.min(noted.position, at), turn: turn.number }
  return moved.earlier === undefined ? moved : { ...moved, earlier: cutAt(moved.earlier, turn) }
}

function afterFork(cursor: FeedCursor, fork: Fork): FeedCursor {
  return { ...cursor, device: fork.to, earlier: [...(cursor.earlier ?? []), earlierAt(fork, cursor)] }
}

function earlierAt({ device, head }: Fork, { seq, except }: Pick<FeedCursor, 'seq' | 'except'>): EarlierDevice {
  return { device, seq, except, upTo: head }
}

function cutAt(earlier: readonly EarlierDevice[], { known, isOpen }: Turn): readonly EarlierDevice[] {
  if (isOpen) return earlier
  return earlier.map((each) => ({ ...each, upTo: Math.min(each.upTo, known?.position ?? 0) }))
}

/** How far the log has been set back. */
export function turnsIn({ turns, forks, repairs }: Pick<MetaRecord, 'turns' | 'forks' | 'repairs'>): string {
  return JSON.stringify([turns, forks, repairs])
}

/** Number of the last turn that is over; 0 where there was none. */
export function lastTurnOf({ turns }: Pick<MetaRecord, 'turns'>): number {
  return turns?.findLast(({ isOpen }) => !isOpen)?.number ?? 0
}
