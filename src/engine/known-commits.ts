import { damageOf } from '../store/check-segment.ts'
import type { LogCache } from '../store/log-cache.ts'
import { unpackCommits } from '../store/packed-commits.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'

/** Ids looked up at once: a segment that has one of them says which others it has. */
const LOOK_UPS = 32

/** Where each commit begins that is here, in whatever place; undefined of one that is not confirmed. */
export type KnownCommits = ReadonlyMap<string, number | undefined>

/**
 * Which of these are here. Of a local log that can be read: what is damaged there nobody pulls again. Of a synced one also what a damaged record has, for the
 * server has it.
 */
export async function knownCommits(
  tx: StorageTransaction,
  cache: LogCache,
  ids: readonly string[],
): Promise<KnownCommits> {
  const { pending, deadLetters } = cache
  const known = new Map<string, number | undefined>()
  for (const id of ids) if (pending.find(id) !== undefined || deadLetters.has(id)) known.set(id, undefined)
  let rest = ids.filter((id) => !known.has(id))
  while (rest.length > 0) {
    const found = await Promise.all(rest.slice(0, LOOK_UPS).map((id) => lookUp(tx, cache, id)))
    for (const [id, position] of found.flat()) known.set(id, position)
    rest = rest.slice(LOOK_UPS).filter((id) => !known.has(id))
  }
  return known
}

async function lookUp(
  tx: StorageTransaction,
  { meta }: LogCache,
  id: string,
): Promise<readonly (readonly [string, number | undefined])[]> {
  const isLocal = meta.authority === 'local'
  const [segments, discarded] = await Promise.all([
    tx.readByIndex('commitIds', id, isLocal ? {} : { limit: 1 }),
    tx.get('discarded', id),
  ])
  const confirmed = segments
    .filter((segment) => !isLocal || damageOf(segment) === undefined)
    .flatMap(({ first, commits }) =>
      unpackCommits(commits).map((commit) => [commit.id, first + commit.offset] as const),
    )
  return discarded === undefined ? confirmed : [...confirmed, [id, undefined]]
}
