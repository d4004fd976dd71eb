import type { Engine } from './engine.ts'
import { fileBytes } from './file-bytes.ts'
import type { JobName, Jobs } from './jobs.ts'
import { appendBatches, appendConcurrent, appendOne } from './run-append.ts'
import { firstState, readStreams, replay } from './run-read.ts'

/** The harness's way in. */
declare global {
  var bench: BenchPage
}

export interface BenchPage {
  run(job: JobName, argument: unknown): Promise<unknown>
}

export type JobTable = { readonly [J in JobName]?: (argument: Jobs[J]['argument']) => Promise<Jobs[J]['answer']> }

/** What a page's engine module exports. */
export interface EngineModule {
  readonly engine: Engine
  /** Jobs that only this engine knows. */
  readonly jobs?: JobTable
}

/** Answers the harness. The engine is loaded apart from this code, so that its size can be told. */
export function serve(load: () => Promise<EngineModule>): void {
  globalThis.bench = {
    run: async (job, argument) => {
      const table = tableOf(await load())
      const run = table[job]
      if (run === undefined) throw new Error(`This page does not know the job ${job}`)
      // The harness calls a job with the argument that the job's name stands for.
      return (run as (argument: unknown) => Promise<unknown>)(argument)
    },
  }
}

function tableOf({ engine, jobs }: EngineModule): JobTable {
  return {
    'append-batches': (job) => appendBatches(engine, job),
    'append-one': (job) => appendOne(engine, job),
    'append-concurrent': (job) => appendConcurrent(engine, job),
    replay: (job) => replay(engine, job),
    'first-state': (job) => firstState(engine, job),
    'read-stream': (job) => readStreams(engine, job),
    'file-bytes': fileBytes,
    'list-databases': async () => ({ databases: (await indexedDB.databases()).length }),
    ...jobs,
  }
}
