import { runSeed } from './run-seed.ts'

/** A process that runs the seeds it is sent, one after another. See seed-pool.ts. */
export interface SeedOrder {
  readonly seed: number
  readonly traceLines: number
}

process.on('message', ({ seed, traceLines }: SeedOrder) => {
  void runSeed(seed, { traceLines }).then((result) => process.send?.(result))
})
// Without its parent it has nothing to do.
process.on('disconnect', () => process.exit())
