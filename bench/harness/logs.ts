import type { Shape } from '../page/meals.ts'
import { appendJob } from './append-job.ts'
import type { BenchBrowser } from './browser.ts'
import type { EngineKey } from './engines.ts'
import type { PageServer } from './page-server.ts'

/** A store that was filled and stays. */
export interface StoredLog {
  readonly origin: string
  readonly events: number
  readonly shape: Shape
}

export interface LogsOptions {
  readonly browser: BenchBrowser
  readonly server: PageServer
  readonly events: number
  readonly quick: boolean
}

/** Logs for the rows that only read: each is filled when it is first asked for, and then kept. */
export class Logs {
  readonly #logs = new Map<string, StoredLog>()
  readonly #options: LogsOptions

  constructor(options: LogsOptions) {
    this.#options = options
  }

  /** Takes over what a row has filled. Answers false when there is one already. */
  adopt(engine: EngineKey, log: StoredLog): boolean {
    const key = `${log.shape}/${engine}`
    if (this.#logs.has(key)) return false
    this.#logs.set(key, log)
    return true
  }

  async get(engine: EngineKey, shape: Shape): Promise<StoredLog> {
    const known = this.#logs.get(`${shape}/${engine}`)
    if (known !== undefined) return known
    const log = await this.#fill(`log-${shape}`, engine, shape)
    this.adopt(engine, log)
    return log
  }

  /** A log of its own, which the engine was told to compact. */
  async compacted(engine: EngineKey): Promise<StoredLog> {
    const key = `compacted/${engine}`
    const known = this.#logs.get(key)
    if (known !== undefined) return known
    const log = await this.#fill('log-compacted', engine, 'clustered')
    const { segments } = await this.#options.browser.withPage(log.origin, (tab) => tab.run('compact', undefined))
    if (segments === 0) throw new Error('Nothing was compacted')
    this.#logs.set(key, log)
    return log
  }

  async #fill(run: string, engine: EngineKey, shape: Shape): Promise<StoredLog> {
    const { browser, server, events } = this.#options
    const origin = server.originOf(run, engine)
    const job = appendJob(events, shape, this.#options)
    const { stored } = await browser.withPage(origin, (tab) => tab.run('append-batches', job))
    return { origin, events: stored, shape }
  }
}
