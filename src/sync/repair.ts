import { openTurnOf } from '../store/begin-turn.ts'
import type { CommitChange } from '../store/commit-fate.ts'
import type { LogCache } from '../store/log-cache.ts'
import { isCovered, MISSING, type Stretch, stretchAt } from '../store/missing.ts'
import { isSetAside, settleNote } from '../store/quarantine.ts'
import type { MetaRecord } from '../store/records.ts'
import { replaceStretch } from '../store/replace-stretch.ts'
import { type Damage, quarantineId } from '../store/segment-reader.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'
import { discardedOf } from './discarded-of.ts'
import { withFormerPlaces } from './former-places.ts'
import { type PulledRange, type PullOptions, pullRange } from './pull-range.ts'
import { settleSetAside } from './settle-set-aside.ts'

export interface RepairOptions extends PullOptions {
  /** Of the tab that leads: only it may write. */
  readonly term: number
  readonly now: () => number
  /** Told what was confirmed by it that waited here for its confirmation. */
  readonly onChanges: (changes: readonly CommitChange[]) => void
  /** How much is pulled and written at a time. Default: some thousand events. */
  readonly part?: { readonly events: number; readonly units: number }
}

/** Pulls again whatever is damaged or missing; answers how many parts of the log were replaced. */
export async function repairAll(options: RepairOptions): Promise<number> {
  const { damages } = options.store
  let replaced = 0
  // What another tab found is noted, and this one may not have read it.
  await damages.follow(options.store.known.meta)
  const known = () => damages.all.filter(({ isSetAside }) => !isSetAside)
  for (const { key } of known().sort((a, b) => a.key - b.key)) {
    const damage = known().find((each) => each.key === key)
    // Otherwise replaced together with one before it.
    if (damage !== undefined && (await repairDamage(damage, options))) replaced++
  }
  await settleSetAside(options.store, options.now())
  return replaced
}

/**
 * Pulls a part of the confirmed zone again that is damaged or missing, from the last cursor before it, and puts it in its place; what was damaged is kept in
 * quarantine. What is long is replaced in several transactions, from its beginning. Answers whether all of it was replaced; if not, it may be tried again
 * later.
 */
export async function repairDamage(damage: Damage, options: RepairOptions): Promise<boolean> {
  const { store } = options
  for (;;) {
    const { meta, stretch } = await store.read(async (tx, cache) => ({
      meta: cache.meta,
      stretch: await stretchAt(tx, cache.meta, damage.key),
    }))
    if (meta.authority === 'local' || meta.cursor === null || openTurnOf(meta) !== undefined) return false
    // The log was set back, and does not reach that far any more.
    if (stretch === undefined) return false
    const reason = stretch.record === undefined ? MISSING : await store.damageIn(stretch.record)
    if (reason === undefined) {
      await settle(damage, options)
      return false
    }
    const pulled = await pullRange(stretch, options, options.part)
    if (pulled === undefined || !(await replace({ stretch, reason, meta, pulled }, options))) return false
    if (pulled.last === stretch.last) return true
  }
}

interface Pulled {
  readonly stretch: Stretch
  readonly reason: string
  /** Of the log that it was pulled for. */
  readonly meta: MetaRecord
  readonly pulled: PulledRange
}

async function replace({ stretch, reason, meta, pulled }: Pulled, options: RepairOptions): Promise<boolean> {
  const { store, now } = options
  const { marks, last } = pulled
  const runs = withFormerPlaces(pulled.runs, stretch.record, meta.turns?.at(-1)?.number ?? 0)
  const changes = await replaceStretch(
    { stretch, reason, meta, runs, marks, last },
    {
      store,
      now,
      alongside: async (tx, cache) => (cache.meta.term === options.term ? takeOut(tx, cache, pulled) : undefined),
    },
  )
  if (changes === undefined) return false
  if (changes.length > 0) options.onChanges(changes)
  return true
}

/** A commit that is appended again under its id, while what holds it is missing, waits in the outbox, though the server has it already. */
async function takeOut(
  tx: StorageTransaction,
  { pending, deadLetters }: LogCache,
  { runs, last }: PulledRange,
): Promise<readonly CommitChange[]> {
  const discarded = await discardedOf(
    tx,
    runs.map(({ commit }) => commit),
  )
  const changes: CommitChange[] = []
  let position = last + 1
  for (const { commit } of runs.toReversed()) {
    const { id } = commit
    position -= commit.count
    const waiting = pending.find(id)
    if (waiting === undefined && !deadLetters.has(id) && !discarded.has(id)) continue
    if (waiting !== undefined) await tx.delete('pending', waiting.order)
    if (deadLetters.has(id)) await tx.delete('deadLetters', id)
    if (discarded.has(id)) await tx.delete('discarded', id)
    changes.push({ commit: id, to: 'confirmed', position })
  }
  return changes.reverse()
}

/**
 * Another tab has replaced it, or it was merged into what had been put in its place: what is noted counts as repaired only where every position that it
 * names can be read.
 */
async function settle({ key, first, last }: Damage, { store, now }: RepairOptions): Promise<void> {
  const isSettled = await store.transition(async (tx, { meta }) => {
    const note = await tx.get('quarantine', quarantineId('confirmed', key))
    if (note !== undefined && isSetAside(note)) return false
    if (!(await isCovered(tx, note?.range ?? { first, last }))) return false
    if (note !== undefined && note.repairedAt === undefined) await settleNote(tx, meta, note, now())
    return true
  })
  if (isSettled) store.damages.forget(key)
}
