import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'
import type { ExchangeRequest, ExchangeResponse, WirePulledCommit } from '../../src/sync/wire.ts'
import { mealAt } from '../page/meals.ts'

const DEVICE = '00000000-0000-7000-8000-00000000000d'
const TIME = '2026-01-01T08:00:00.000Z'

/** A server that takes nothing: what it gets stays pending, and only what it is told to offer comes back. */
export class DeferringServer {
  #epoch = randomUUID()
  #offered: readonly WirePulledCommit[] = []

  begin(): void {
    this.#epoch = randomUUID()
    this.#offered = []
  }

  offer(commits: number): void {
    // All on the day of the view, as those that wait.
    const { day } = mealAt(0, 'clustered', commits).data
    this.#offered = Array.from({ length: commits }, (_, index) => {
      const { data, stream } = mealAt(commits + index, 'clustered', 2 * commits)
      const event = {
        id: randomUUID(),
        type: 'MealLogged',
        version: 1,
        stream,
        time: TIME,
        data: { ...data, day },
        metadata: {},
      }
      const place = { position: index + 1, seq: index + 1 }
      return { id: randomUUID(), device: DEVICE, ...place, receivedAt: TIME, events: [event] }
    })
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') {
      response.writeHead(404).end()
      return
    }
    const body = JSON.stringify(this.#exchange(JSON.parse(await bodyOf(request))))
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  }

  #exchange({ commits, cursor }: ExchangeRequest): ExchangeResponse {
    const position = cursor?.position ?? 0
    const pulled = this.#offered.slice(position)
    return {
      protocol: 1,
      domain: '1',
      head: this.#offered.length,
      limits: { commits: 500, bytes: 4_000_000 },
      verdicts: commits.map(({ id }) => ({ id, status: 'deferred', code: 'later' })),
      commits: pulled,
      cursor: { epoch: this.#epoch, position: position + pulled.length, mark: String(position + pulled.length) },
      more: false,
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8')
}
