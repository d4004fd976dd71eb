import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'

/**
 * What becomes of an exchange.
 *
 * - `hang`: nobody says anything for a while, and then the connection is gone. The server has got nothing.
 * - `reset`: the connection is reset, half of the time after the server has done its work.
 * - `truncate`: the answer ends in the middle.
 * - `delay`: both ways take long.
 * - `duplicate`: the server gets the request twice.
 * - `portal`: somebody else answers: 200 with a page, 200 with JSON of another shape, or 511.
 */
export const faults = ['hang', 'reset', 'truncate', 'delay', 'duplicate', 'portal'] as const
export type Fault = (typeof faults)[number]

/** Holds one exchange where a test wants it. */
export interface Gate {
  /** Whoever asks is at the gate. */
  readonly arrived: Promise<void>
  open(): void
}

interface Upstream {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

const HANG_MS = 2500
const DELAY_MS = 600

/** Stands between browsers and the server. Only exchanges are struck: the pages themselves, and the stream of pokes, pass. */
export class ChaosProxy {
  /** How often each fault was done, to the end, to an exchange that carried commits. One that only asks for news proves little. */
  readonly struck = new Map<Fault, number>(faults.map((fault) => [fault, 0]))
  /** How often each was begun, whatever the exchange carried. */
  readonly #begun = {
    carrying: new Map<Fault, number>(faults.map((fault) => [fault, 0])),
    empty: new Map<Fault, number>(faults.map((fault) => [fault, 0])),
  }
  /** Commits of each exchange, and the size of its JSON in bytes. */
  readonly requests: { readonly commits: number; readonly bytes: number }[] = []
  /** Every second exchange is struck, by each fault in turn. */
  isStriking = false
  readonly #target: string
  readonly #server = createServer((incoming, answer) => {
    this.#serve(incoming, answer).catch(() => answer.destroy())
  })
  readonly #exchanges = { carrying: 0, empty: 0 }
  #before: Gates | undefined
  #after: Gates | undefined

  constructor(target: string) {
    this.#target = target
  }

  /** Answers the origin that browsers use. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('The system gave no port.')
    return `http://localhost:${address.port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** The next exchange that carries commits waits before the server gets it. */
  holdRequest(): Gate {
    this.#before = new Gates()
    return this.#before
  }

  /** The next exchange that carries commits waits when the server has done its work. */
  holdAnswer(): Gate {
    this.#after = new Gates()
    return this.#after
  }

  async #serve(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const isExchange = incoming.method === 'POST' && incoming.url?.endsWith('/exchange') === true
    if (!isExchange) return this.#pass(incoming, answer)
    const body = await bytesOf(incoming)
    const carries = this.#note(incoming, body)
    const send = (): Promise<Upstream> => this.#send(incoming, body)
    if (carries && this.#before !== undefined) {
      const gate = this.#before
      this.#before = undefined
      await gate.pass()
    }
    if (this.isStriking && this.#isNext(carries)) {
      const [fault, count] = this.#begin(carries)
      await this.#strike(fault, count, answer, send)
      if (carries) this.struck.set(fault, (this.struck.get(fault) ?? 0) + 1)
      return
    }
    const upstream = await send()
    if (carries && this.#after !== undefined) {
      const gate = this.#after
      this.#after = undefined
      await gate.pass()
    }
    reply(answer, upstream)
  }

  #note({ headers }: IncomingMessage, body: Buffer): boolean {
    const text = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    const { commits }: { readonly commits: readonly unknown[] } = JSON.parse(text.toString('utf8'))
    this.requests.push({ commits: commits.length, bytes: text.length })
    return commits.length > 0
  }

  /** Every second one of those that carry commits, and of those that do not. */
  #isNext(carries: boolean): boolean {
    const kind = carries ? 'carrying' : 'empty'
    this.#exchanges[kind]++
    return this.#exchanges[kind] % 2 === 1
  }

  /** The fault that is rarest so far, and how often that makes it. */
  #begin(carries: boolean): [Fault, number] {
    const begun = this.#begun[carries ? 'carrying' : 'empty']
    const [rarest] = [...begun].sort(([, a], [, b]) => a - b)
    const fault = rarest?.[0] ?? 'reset'
    const count = (begun.get(fault) ?? 0) + 1
    begun.set(fault, count)
    return [fault, count]
  }

  async #strike(fault: Fault, count: number, answer: ServerResponse, send: () => Promise<Upstream>): Promise<void> {
    switch (fault) {
      case 'hang':
        await sleep(HANG_MS)
        answer.destroy()
        return
      case 'reset':
        if (count % 2 === 0) await send()
        answer.socket?.resetAndDestroy()
        return
      case 'truncate': {
        const { status, headers, body } = await send()
        const { 'content-length': _, 'content-encoding': __, ...rest } = headers
        answer.writeHead(status, rest).end(body.subarray(0, body.length >> 1))
        return
      }
      case 'delay': {
        await sleep(DELAY_MS)
        const upstream = await send()
        await sleep(DELAY_MS)
        reply(answer, upstream)
        return
      }
      case 'duplicate': {
        const [first] = await Promise.all([send(), send()])
        reply(answer, first)
        return
      }
      case 'portal':
        portal(answer, count)
    }
  }

  async #send({ url = '/', method, headers }: IncomingMessage, body: Buffer): Promise<Upstream> {
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(url, this.#target), { method, headers }, (response) => {
        const { statusCode: status = 502, headers: said } = response
        bytesOf(response).then((answered) => resolve({ status, headers: said, body: answered }), reject)
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }

  #pass(incoming: IncomingMessage, answer: ServerResponse): void {
    const { method, headers, url = '/' } = incoming
    const outgoing = request(new URL(url, this.#target), { method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    outgoing.on('error', () => answer.destroy())
    answer.on('close', () => outgoing.destroy())
    incoming.pipe(outgoing)
  }
}

class Gates implements Gate {
  readonly arrived: Promise<void>
  readonly #opened: Promise<void>
  #arrive: () => void = () => undefined
  #open: () => void = () => undefined

  constructor() {
    this.arrived = new Promise((resolve) => {
      this.#arrive = resolve
    })
    this.#opened = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  open(): void {
    this.#open()
  }

  async pass(): Promise<void> {
    this.#arrive()
    await this.#opened
  }
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part)
  return Buffer.concat(parts)
}

function reply(answer: ServerResponse, { status, headers, body }: Upstream): void {
  // Whoever asked may be gone.
  if (!answer.destroyed) answer.writeHead(status, headers).end(body)
}

function portal(answer: ServerResponse, count: number): void {
  const kinds = [
    [200, 'text/html', '<h1>Sign in to the network</h1>'],
    [200, 'application/json', '{"accepted":true}'],
    [511, 'text/html', '<h1>Sign in to the network</h1>'],
  ] as const
  const [status, type, body] = kinds[count % kinds.length] ?? kinds[0]
  answer.writeHead(status, { 'content-type': type }).end(body)
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
