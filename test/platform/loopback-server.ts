import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A real HTTP server on a free port of this machine. Each test says how it answers. */
export class LoopbackServer {
  handler: Handler = (_, response) => response.end()
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async listen(): Promise<LoopbackServer> {
    const answer: RequestListener = (request, response) => server.handler(request, response)
    const native = createServer(answer)
    const server = new LoopbackServer(native)
    await new Promise<void>((resolve) => native.listen(0, '127.0.0.1', resolve))
    return server
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  /** Sockets that are open now. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
    })
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  return Buffer.concat(pieces)
}
