import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { SeedResult } from './run-seed.ts'
import type { SeedOrder } from './seed-process.ts'

export interface SeedPoolOptions {
  readonly from: number
  readonly count: number
  /** Most lines of the trace of a seed that broke something. */
  readonly traceLines: number
  /** Called in the order in which the seeds end. */
  readonly onResult: (result: SeedResult) => void
}

/**
 * Runs consecutive seeds in as many processes as the machine has cores: threads do not get the loader that reads TypeScript. Rejects when the
 * simulation itself fails.
 */
export async function runSeeds({ from, count, traceLines, onResult }: SeedPoolOptions): Promise<void> {
  let next = from
  const end = from + count
  const processes = Array.from({ length: Math.min(count, availableParallelism()) }, () =>
    fork(fileURLToPath(new URL('./seed-process.ts', import.meta.url))),
  )
  try {
    const runAll = async (child: ChildProcess): Promise<void> => {
      while (next < end) onResult(await runIn(child, { seed: next++, traceLines }))
    }
    await Promise.all(processes.map(runAll))
  } finally {
    for (const child of processes) child.kill()
  }
}

async function runIn(child: ChildProcess, order: SeedOrder): Promise<SeedResult> {
  const ended = new AbortController()
  try {
    child.send(order)
    const [message] = await Promise.race([
      once(child, 'message', { signal: ended.signal }),
      once(child, 'exit', { signal: ended.signal }).then(([code]) => {
        throw new Error(`The process that ran seed ${order.seed} ended with ${code}`)
      }),
    ])
    return message
  } finally {
    ended.abort()
  }
}
