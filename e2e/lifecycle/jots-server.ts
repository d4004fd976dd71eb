import { createSyncHandler, developmentTokens, MemoryServerLog } from '@larder/sdk/server'
import { servePage } from '../support/serve-page.ts'
import { domain, Jotted } from './jots.ts'

export interface JotsServer {
  readonly origin: string
  /** The texts that it has accepted, in order. */
  texts(): Promise<string[]>
  /** Appends as a backend does, for every device to pull. */
  append(text: string): Promise<void>
  stop(): Promise<void>
}

/** Serves a build, and syncs with it: the production handler on a log in memory. */
export async function serveJots(folder: string): Promise<JotsServer> {
  let epochs = 0
  const log = new MemoryServerLog({ newEpoch: () => `epoch-${++epochs}` })
  const sync = createSyncHandler({ domain, log, authenticate: developmentTokens({ enabled: true }) })
  const served = await servePage(folder, sync)
  return {
    origin: `http://localhost:${served.port}`,
    async texts() {
      const commits = await log.transact('ann', (tx) => tx.read(0, { events: 1e6, units: 1e9 }))
      return commits.flatMap(({ events }) => events.map((text) => String(JSON.parse(text).data.text).slice(0, 20)))
    },
    async append(text) {
      await sync.append('ann', [Jotted({ text })])
    },
    stop: () => served.stop(),
  }
}
