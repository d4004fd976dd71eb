import { lastSoundVersion } from './last-sound.ts'
import type { StorageTransaction } from './storage-backend.ts'

/** Streams that are looked for in one go, one behind the other; several such go side by side. */
const RUN = 64

/**
 * The confirmed versions of streams, read from the index. Most streams that are asked for at once are new ones, such as a thousand imported meals, whose
 * names follow each other: so what is asked is which of the stored names comes next, and all names before that are known to be new.
 */
export async function readConfirmedVersions(
  tx: StorageTransaction,
  streams: Iterable<string>,
): Promise<Map<string, number>> {
  const all = [...new Set(streams)].sort()
  const versions = new Map<string, number>()
  const sorted = all.length > RUN ? await withoutNew(tx, all, versions) : all
  const runs = Array.from({ length: Math.ceil(sorted.length / RUN) }, (_, run) =>
    sorted.slice(run * RUN, (run + 1) * RUN),
  )
  await Promise.all(runs.map((run) => readRun(tx, run, versions)))
  return versions
}

/** Leaves out the names before the first that is stored: where all are new, that is one question, and the last. */
async function withoutNew(
  tx: StorageTransaction,
  sorted: readonly string[],
  versions: Map<string, number>,
): Promise<readonly string[]> {
  const [first, last] = [sorted[0] ?? '', sorted.at(-1) ?? '']
  const stored = await tx.leastInIndex('streams', first, last)
  const count = stored === undefined ? sorted.length : sorted.findIndex((stream) => stream >= stored)
  for (const stream of sorted.slice(0, count)) versions.set(stream, 0)
  return sorted.slice(count)
}

async function readRun(tx: StorageTransaction, run: readonly string[], versions: Map<string, number>): Promise<void> {
  const last = run.at(-1)
  let from = run[0]
  // One stream is read at once: asking for its name first would be a question too many.
  if (run.length === 1 && from !== undefined) {
    versions.set(from, await lastSoundVersion(tx, from))
    return
  }
  const known: string[] = []
  let index = 0
  while (from !== undefined && last !== undefined) {
    const stored = await tx.leastInIndex('streams', from, last)
    for (
      let stream = run[index];
      stream !== undefined && (stored === undefined || stream < stored);
      stream = run[++index]
    )
      versions.set(stream, 0)
    const stream = run[index]
    if (stream !== undefined && stream === stored) {
      index++
      known.push(stream)
    }
    from = run[index]
  }
  await Promise.all(known.map(async (stream) => versions.set(stream, await lastSoundVersion(tx, stream))))
}
