import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { createSyncHandler, developmentTokens, openLibsqlServerLog } from '../../server/index.ts'
import { benchDomain } from '../larder/domain.ts'
import { DeferringServer } from './deferring-server.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

export interface SyncServers {
  /** By first part of the path. */
  readonly services: ReadonlyMap<string, Answer>
  /** @throws when the account's log does not hold so many commits of one event, each once */
  assertAccepted(account: string, commits: number): Promise<void>
  /** From here on every commit is deferred, and there is nothing to pull. */
  beginDeferring(): void
  /** From here on there are so many commits of another device to pull, in one response. */
  offer(commits: number): void
  stop(): Promise<void>
}

/** The package's own server with its embedded log, at `/sync`, and one that defers what it gets, at `/deferring`. */
export function startSyncServers(folder: string): SyncServers {
  const log = openLibsqlServerLog({ file: join(folder, 'server.db') })
  const handler = createSyncHandler({ domain: benchDomain, log, authenticate: developmentTokens({ enabled: true }) })
  const deferring = new DeferringServer()
  const listener = getRequestListener((request) => handler.fetch(request))
  return {
    services: new Map<string, Answer>([
      ['/sync', listener],
      ['/deferring', (request, response) => deferring.answer(request, response)],
    ]),
    assertAccepted: async (account, commits) => {
      const accepted = await log.transact(account, (tx) => tx.read(0, { events: 1e9, units: 1e12 }))
      const events = accepted.flatMap((commit) => commit.events.map((text): unknown => JSON.parse(text).data.mealId))
      if (accepted.length !== commits || new Set(accepted.map(({ id }) => id)).size !== commits)
        throw new Error(`The server has ${accepted.length} commits instead of ${commits}`)
      if (events.length !== commits || new Set(events).size !== commits)
        throw new Error(`The server has ${new Set(events).size} meals in ${events.length} events instead of ${commits}`)
    },
    beginDeferring: () => deferring.begin(),
    offer: (commits) => deferring.offer(commits),
    stop: async () => {
      await handler.close()
      await log.close()
    },
  }
}
