import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LibsqlServerLog, openLibsqlServerLog } from '../../server/libsql-server-log.ts'
import { createSyncHandler, type SyncHandler } from '../../server/sync-handler.ts'
import { bodyOf, type Handler, LoopbackServer } from '../platform/loopback-server.ts'
import { notes } from './notes.ts'
import { VirtualClock } from './virtual-clock.ts'

/** The sync server behind a real socket, with its log in a file. What stands between it and its clients is the test's. */
export class RealServer {
  readonly clock: VirtualClock
  readonly log: LibsqlServerLog
  /** Answers in place of the server; `undefined` lets a request through. */
  instead: Handler | undefined
  /** Called with each answer before it goes out; `false` cuts the connection instead. */
  onAnswer: ((response: Response) => boolean) | undefined
  readonly #handler: SyncHandler
  readonly #loopback: LoopbackServer
  readonly #folder: string

  private constructor(loopback: LoopbackServer, clock: VirtualClock) {
    this.#loopback = loopback
    this.clock = clock
    this.#folder = mkdtempSync(join(tmpdir(), 'larder-real-'))
    this.log = openLibsqlServerLog({ file: join(this.#folder, 'log') })
    this.#handler = createSyncHandler({
      ...{ domain: notes, log: this.log, clock, base: '/sync' },
      authenticate: async () => ({ account: 'ann' }),
      logger: { error: () => undefined, info: () => undefined, debug: () => undefined },
    })
    loopback.handler = (request, response) => {
      if (this.instead === undefined) void this.#pass(request, response)
      else this.instead(request, response)
    }
  }

  static async listen(clock = new VirtualClock()): Promise<RealServer> {
    return new RealServer(await LoopbackServer.listen(), clock)
  }

  get url(): string {
    return `${this.#loopback.url}/sync`
  }

  /** Sockets that are open now. */
  connections(): Promise<number> {
    return this.#loopback.connections()
  }

  /** The commits that it holds, in order, with their positions. */
  async commits(): Promise<[id: string, position: number][]> {
    const commits = await this.log.transact('ann', (tx) => tx.read(0, { events: 1e6, units: 1e9 }))
    return commits.map(({ id, position }) => [id, position])
  }

  async close(): Promise<void> {
    await this.#loopback.close()
    await this.#handler.close()
    await this.log.close()
    rmSync(this.#folder, { recursive: true })
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request)
    const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)])
    const { method = 'GET', url = '/' } = request
    const sent = new Request(`http://127.0.0.1${url}`, {
      ...{ method, headers },
      ...(method === 'POST' ? { body: new Uint8Array(body) } : {}),
    })
    const answer = await this.#handler.fetch(sent)
    if (this.onAnswer?.(answer) === false) {
      request.socket.resetAndDestroy()
      return
    }
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
  }
}

/** Lets sockets have their turns until `condition` holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; !(await condition()); turn++) {
    if (turn === 200_000) throw new Error('It never came to pass')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
