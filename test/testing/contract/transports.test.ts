import type { ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createFetchTransport } from '../../../src/platform/fetch-transport.ts'
import type { Transport } from '../../../src/platform/ports.ts'
import { type TransportPlace, transportContract } from '../../../src/testing/contract/transport-contract.ts'
import { faultyTransport } from '../../../src/testing/faults/faulty-transport.ts'
import { ManualClock } from '../../../src/testing/time/manual-clock.ts'
import { bodyOf, LoopbackServer } from '../../platform/loopback-server.ts'

const runner = { describe, it, expect }

/** A server in Node, and `fetch`. */
async function overHttp(wrap: (transport: Transport) => Transport = (transport) => transport): Promise<TransportPlace> {
  const server = await LoopbackServer.listen()
  const streams = new Set<ServerResponse>()
  let handler: Parameters<TransportPlace['answer']>[0] = async () => ({ status: 200, headers: {}, body: '{}' })
  let refused: number | undefined
  server.handler = async (request, response) => {
    if (request.url === '/sync/live') {
      if (refused !== undefined) {
        response.writeHead(refused).end()
        return
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      streams.add(response)
      return
    }
    const sent = await bodyOf(request)
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
    const answered = await handler({
      path: (request.url ?? '').slice('/sync/'.length),
      body: body.toString(),
      token: request.headers.authorization?.slice('Bearer '.length),
    })
    if (answered === 'lost') request.socket.destroy()
    else response.writeHead(answered.status, answered.headers).end(answered.body)
  }
  return {
    transport: wrap(createFetchTransport(`${server.url}/sync`)),
    answer: (next) => {
      handler = next
    },
    refuseStreams: (status) => {
      refused = status
    },
    poke: (data) => {
      for (const stream of streams) stream.write(data === undefined ? ': alive\n\n' : `event: head\ndata: ${data}\n\n`)
    },
    close: () => server.close(),
  }
}

transportContract(runner, 'fetch', () => overHttp())
transportContract(runner, 'with faults that do not strike', () =>
  overHttp((transport) => faultyTransport(transport, { clock: new ManualClock() })),
)
