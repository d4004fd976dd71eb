import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nutrition, nutritionRules } from '@larder/sdk/nutrition'
import { createSyncHandler, developmentTokens, openLibsqlServerLog } from '@larder/sdk/server'
import { servePage } from '../support/serve-page.ts'

export interface MealsServer {
  readonly origin: string
  /** Ids of the meals that it has accepted, in its order. */
  meals(): Promise<readonly string[]>
  stop(): Promise<void>
}

/** Serves a build, and syncs with it: the production handler on a log on disk. */
export async function serveMeals(folder: string): Promise<MealsServer> {
  const data = mkdtempSync(join(tmpdir(), 'larder-meals-server-'))
  const log = openLibsqlServerLog({ file: join(data, 'server.db') })
  const sync = createSyncHandler({
    domain: nutrition,
    log,
    rules: nutritionRules,
    deadLetters: log,
    authenticate: developmentTokens({ enabled: true }),
  })
  const served = await servePage(folder, sync)
  return {
    origin: `http://127.0.0.1:${served.port}`,
    async meals() {
      const commits = await log.transact('ann', (tx) => tx.read(0, { events: 1e6, units: 1e9 }))
      return commits.flatMap(({ events }) => events.map((text) => String(JSON.parse(text).data.mealId)))
    },
    async stop() {
      await served.stop()
      await sync.close()
      await log.close()
      rmSync(data, { recursive: true, force: true })
    },
  }
}
