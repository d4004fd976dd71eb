import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import type { SeedResult } from './run-seed.ts'
import { bundleSeedProcess } from './seed-bundle.ts'
import type { SeedOrder } from './seed-process.ts'

export interface SeedPoolOptions {
  readonly from: number
  readonly count: number
  /** Most lines of the trace of a seed that broke something. */
  readonly traceLines: number
  /** Called in the order in which the seeds end. */
  readonly onResult: (result: SeedResult) => void
}

/** Young objects: nearly all that a seed makes is garbage at its end, and with room enough is never looked at. */
const ROOM = ['--max-semi-space-size=64', '--single-threaded-gc']

/** Runs consecutive seeds in as many processes as the machine has cores. Rejects when the simulation itself fails. */
export async function runSeeds({ from, count, traceLines, onResult }: SeedPoolOptions): Promise<void> {
  let next = from
  const end = from + count
  const bundle = await bundleSeedProcess()
  const processes = Array.from({ length: Math.min(count, availableParallelism()) }, () =>
    fork(bundle.file, { execArgv: ROOM }),
  )
  try {
    const runAll = async (child: ChildProcess): Promise<void> => {
      while (next < end) onResult(await runIn(child, { seed: next++, traceLines }))
    }
    await Promise.all(processes.map(runAll))
  } finally {
    for (const child of processes) child.kill()
    bundle.remove()
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
