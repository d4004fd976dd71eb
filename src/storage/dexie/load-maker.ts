import { LarderError } from '../../errors.ts'
import type { Clock } from '../../platform/ports.ts'
import { within } from '../../store/within.ts'
import type { DatabaseMaker } from './make-databases.ts'

/** A file on a slow network takes seconds; one that never comes must not keep an app waiting for ever. */
const LOAD_MS = 60_000

/**
 * Loads what makes databases. Its failure says nothing about the storage, which is there: nobody may take memory in its place.
 *
 * @throws LarderError `worker-unavailable`
 */
export async function loadMaker({
  maker,
  clock,
}: {
  readonly maker: () => Promise<DatabaseMaker>
  readonly clock: Clock
}): Promise<DatabaseMaker> {
  const loaded = await within(clock, LOAD_MS, maker()).catch((cause: unknown) => {
    throw missing(cause)
  })
  if (loaded === undefined) throw missing(new Error(`It did not come within ${LOAD_MS} ms`))
  return loaded
}

function missing(cause: unknown): LarderError<'worker-unavailable'> {
  return new LarderError(
    'worker-unavailable',
    'A file of the worker, which a store needs when it is made or upgraded, could not be loaded: serve all files of the build, and open the store again when there is a network. Nothing was changed.',
    { cause },
  )
}
