import type { BackupCommit } from '../backup/backup-format.ts'
import type { BackupPlace, ConfirmedPlace } from '../backup/backup-place.ts'
import { damageOf } from '../store/check-segment.ts'
import type { EventStore } from '../store/event-store.ts'
import type { LogCache } from '../store/log-cache.ts'
import { MISSING, type Stretch, stretchAt } from '../store/missing.ts'
import type { MetaRecord } from '../store/records.ts'
import { type ReplaceOptions, replaceStretch } from '../store/replace-stretch.ts'
import type { CommitRun } from '../store/segment.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'
import { type KnownCommits, knownCommits } from './known-commits.ts'

export type ConfirmedOfBackup = Extract<BackupCommit, { kind: 'confirmed' }>

/**
 * Commits of a backup, one right behind the other, that are not here, where the log has given out their positions: it may have lost them. Only of a backup of this
 * log. That shows in the commit in front, which is here and at its place; at the very beginning, in the installation that it is of.
 *
 * @param before where the lines begin
 */
export function lostCommits(
  commits: readonly BackupCommit[],
  { confirmed: before, header }: Pick<BackupPlace, 'confirmed' | 'header'>,
  known: KnownCommits,
  { meta, nextPosition }: LogCache,
): ConfirmedOfBackup[][] {
  if (meta.authority !== 'local') return []
  const runs: ConfirmedOfBackup[][] = []
  const isOfThisDevice = header?.authority === 'local' && header.device === meta.device
  let place: ConfirmedPlace | undefined = before
  let isHere = place !== undefined && known.get(place.id) === place.first
  let run: ConfirmedOfBackup[] | undefined
  for (const commit of commits) {
    if (commit.kind !== 'confirmed') break
    const here = placeOf(commit)
    const isNext = here.first === (place?.last ?? 0) + 1
    const isKnown = known.has(commit.id)
    const mayBeLost = !isKnown && here.last < nextPosition
    if (mayBeLost && isNext && (run !== undefined || isHere || (here.first === 1 && isOfThisDevice))) {
      if (run !== undefined) run.push(commit)
      else {
        run = [commit]
        runs.push(run)
      }
    } else run = undefined
    isHere = isKnown && known.get(commit.id) === here.first
    place = here
  }
  return runs
}

export interface RefillOptions {
  readonly store: EventStore
  readonly runOf: (commit: ConfirmedOfBackup) => CommitRun
  readonly now: () => number
  /** All that is lost of these lines. */
  readonly all: readonly ConfirmedOfBackup[]
  /** No line follows. */
  readonly hasEnded: boolean
}

/**
 * Puts back what lies in a damaged or missing part of a local log, from its beginning on. Answers what is in its place again: it ends where the log is not what it
 * was when it was looked at, and has to be looked at again. What is damaged or missing elsewhere has to be known.
 */
export async function refill(
  lost: readonly ConfirmedOfBackup[],
  { store, runOf, now, all, hasEnded }: RefillOptions,
): Promise<readonly ConfirmedOfBackup[]> {
  const awaited = awaitedIn(store, all, hasEnded)
  const done: ConfirmedOfBackup[] = []
  while (done.length < lost.length) {
    const rest = lost.slice(done.length)
    const seen = await store.read((tx, { meta }) => partFor(rest, tx, meta))
    if (seen === undefined) break
    const { stretch, meta, reason, fitting } = seen
    const { key, first } = { key: stretch.last, first: stretch.first }
    store.damages.note({ key, first, last: key, reason })
    await store.damages.written()
    // What another tab has put back is not missing any more.
    await store.damages.follow(meta)
    const last = fitting.reduce((end, { events }) => end + events.length, first - 1)
    const ids = fitting.map(({ id }) => id)
    const isDone = await replaceStretch(
      { stretch, reason, meta, runs: fitting.map(runOf), last },
      {
        store,
        now,
        awaited,
        alongside: async (tx, cache) => ((await knownCommits(tx, cache, ids)).size === 0 ? true : undefined),
      },
    )
    if (isDone === undefined) break
    done.push(...fitting)
  }
  return done
}

/** See {@link ReplaceOptions.awaited}. What lines to come may have counts as if it held nothing of the stream. */
function awaitedIn(
  { damages }: EventStore,
  all: readonly ConfirmedOfBackup[],
  hasEnded: boolean,
): (stream: string, after: number, before: number) => number | undefined {
  const streams = new Map(all.flatMap(({ position, events }) => events.map((event, n) => [position + n, event.stream])))
  return (stream, after, before) => {
    const between = damages.all.filter(({ isSetAside, first, last }) => !isSetAside && last > after && first < before)
    let count = 0
    for (const { first, last } of between) {
      const [from, to] = [Math.max(first, after + 1), Math.min(last, before - 1)]
      let inside = 0
      for (const [position, each] of streams) {
        if (position < from || position > to) continue
        inside++
        if (each === stream) count++
      }
      if (hasEnded && inside <= to - from) return undefined
    }
    return count
  }
}

interface Part {
  readonly meta: MetaRecord
  readonly stretch: Stretch
  readonly reason: string
  /** Those that lie in it, at least one: they begin where it does, and end where it does or before. */
  readonly fitting: readonly ConfirmedOfBackup[]
}

/** The damaged or missing part that the first of these begins; undefined where it cannot be put back. */
export async function partFor(
  commits: readonly ConfirmedOfBackup[],
  tx: StorageTransaction,
  meta: MetaRecord,
): Promise<Part | undefined> {
  const [first] = commits
  if (first === undefined) return undefined
  const stretch = await stretchAt(tx, meta, first.position)
  if (stretch === undefined || stretch.first !== first.position) return undefined
  const reason = stretch.record === undefined ? MISSING : damageOf(stretch.record)
  if (reason === undefined) return undefined
  const beyond = commits.findIndex((commit) => placeOf(commit).last > stretch.last)
  const fitting = beyond === -1 ? commits : commits.slice(0, beyond)
  return fitting.length === 0 ? undefined : { meta, stretch, reason, fitting }
}

function placeOf({ id, position, events }: ConfirmedOfBackup): ConfirmedPlace {
  return { id, first: position, last: position + events.length - 1 }
}
