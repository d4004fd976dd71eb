import type { MemoryServerLog } from '../../../server/core/memory-server-log.ts'
import { developmentTokens } from '../../../server/development-tokens.ts'
import { createSyncHandler, type SyncHandler, type SyncHandlerOptions } from '../../../server/sync-handler.ts'
import type { ExchangeRequest } from '../../../src/sync/wire.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import { memoryLog } from './core-server.ts'
import { uuid } from './ids.ts'
import { notes } from './notes.ts'
import { NOW, request } from './requests.ts'

export interface HttpServer extends SyncHandler {
  readonly log: MemoryServerLog
  readonly clock: VirtualClock
  /** Everything that was logged, as text. */
  readonly logged: readonly string[]
  /** `body` is sent as it is when it is text or bytes, else as JSON. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>
  exchange(change?: Partial<ExchangeRequest>, account?: string): Promise<Response>
}

export const ORIGIN = 'https://larder.example'
export const TOKEN = { authorization: 'Bearer dev:ann' }

/** The handler on a log in memory, asked through the fetch API, under virtual time. */
export function httpServer(change: Partial<SyncHandlerOptions> = {}): HttpServer {
  const clock = new VirtualClock(NOW)
  const log = memoryLog()
  const logged: string[] = []
  const write = (...said: readonly unknown[]): void => void logged.push(JSON.stringify(said))
  let id = 0
  const handler = createSyncHandler({
    domain: notes,
    log,
    authenticate: developmentTokens({ enabled: true }),
    clock,
    ids: { next: () => uuid('b', ++id) },
    logger: { error: write, info: write, debug: write },
    ...change,
  })
  const post: HttpServer['post'] = (path, body, headers = {}) =>
    handler.fetch(
      new Request(`${ORIGIN}/sync/${path}`, { method: 'POST', headers: { ...TOKEN, ...headers }, body: toBody(body) }),
    )
  return {
    ...handler,
    log,
    clock,
    logged,
    post,
    exchange: (changed, account = 'ann') =>
      post('exchange', request(changed), { authorization: `Bearer dev:${account}` }),
  }
}

function toBody(body: unknown): string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array
    ? new Uint8Array(Buffer.from(body))
    : JSON.stringify(body)
}
