import type { MetaRecord, Turn } from './records.ts'

/** Cursors from before so many turns are foreign. */
const TURNS_KEPT = 8

/** The turn that is under way. */
export function openTurnOf({ turns }: Pick<MetaRecord, 'turns'>): Turn | undefined {
  const last = turns?.at(-1)
  return last?.isOpen === true ? last : undefined
}

/** Whether the log is set back because nobody knows any more how far it was synced: the server's log need not be another. */
export function isMadeUp({ why, from }: Turn): boolean {
  return why === 'restore' && from === ''
}

/**
 * As it is when a turn begins. Nothing has moved yet, and `turnBack` does that.
 *
 * @param last number of the turn before. Default: that of the last one that is known
 */
export function withTurn(
  meta: MetaRecord,
  turn: Omit<Turn, 'number' | 'seqBase' | 'isOpen'>,
  last = meta.turns?.at(-1)?.number ?? 0,
): MetaRecord {
  const turns = meta.turns ?? []
  const begun: Turn = { ...turn, number: last + 1, seqBase: meta.nextSeq - 1, isOpen: true }
  return { ...meta, turns: [...turns, begun].slice(-TURNS_KEPT), generation: meta.generation + 1 }
}
