import { exchange } from '../../server/core/exchange.ts'
import { MemoryServerLog } from '../../server/core/memory-server-log.ts'
import type { CommitRule } from '../../src/event/commit-rule.ts'
import type { Transport, TransportRequest, TransportResponse } from '../../src/platform/ports.ts'
import type { Domain } from '../../src/projection/define-domain.ts'
import type { ExchangeRequest, ExchangeResponse, WirePulledCommit } from '../../src/sync/wire.ts'
import { notes } from './notes.ts'
import { NOON } from './virtual-clock.ts'

/** Answers in place of the server; undefined lets the request through. */
export type Instead = (
  request: ExchangeRequest,
  sent: TransportRequest,
) => TransportResponse | undefined | Promise<TransportResponse | undefined>

/** The server's core on a log in memory, as a transport sees it. Requests and answers are text in between, as over the wire. */
export class SyncServer {
  readonly log: MemoryServerLog
  domain: Domain = notes
  rules: readonly CommitRule[] = []
  /** Every request that arrived, in order, whoever answered it. */
  readonly requests: ExchangeRequest[] = []
  readonly tokens: (string | undefined)[] = []
  /** Something between client and server. */
  instead: Instead | undefined
  /** Loses answers after the server has done its work. */
  losesAnswers = false
  /** Answers in place of a live stream: with this status; 0 means that nothing answers. */
  refusesStreams: number | undefined
  readonly #streams = new Set<{ tell: (data: string | undefined) => void; breakOff: () => void }>()

  constructor() {
    let epochs = 0
    this.log = new MemoryServerLog({ newEpoch: () => `epoch-${++epochs}` })
  }

  transport(account = 'ann'): Transport {
    return {
      post: async (sent) => {
        const request: ExchangeRequest = JSON.parse(sent.body)
        this.requests.push(request)
        this.tokens.push(sent.token)
        const other = await Promise.resolve(this.instead?.(request, sent))
        if (other !== undefined) return other
        const answer = await this.#exchange(request, account)
        if (this.losesAnswers) throw new TypeError('fetch failed')
        return answer
      },
      listen: ({ signal }, onMessage) =>
        new Promise((resolve, reject) => {
          if (this.refusesStreams !== undefined)
            return reject(Object.assign(new Error('refused'), { status: this.refusesStreams }))
          const end = (settle: () => void) => {
            this.#streams.delete(stream)
            settle()
          }
          const stream = { tell: onMessage, breakOff: () => end(() => reject(new TypeError('The stream broke'))) }
          this.#streams.add(stream)
          signal.addEventListener('abort', () => end(resolve))
        }),
    }
  }

  /** Shows on every stream that it is alive. */
  heartbeat(): void {
    for (const { tell } of this.#streams) tell(undefined)
  }

  breakStreams(): void {
    for (const { breakOff } of [...this.#streams]) breakOff()
  }

  /** Streams that are open. */
  get listeners(): number {
    return this.#streams.size
  }

  /** The accepted commits, in order, with the data of their events. */
  async accepted(account = 'ann'): Promise<{ id: string; data: unknown[] }[]> {
    const commits = await this.log.transact(account, (tx) => tx.read(0, { events: 1e6, units: 1e9 }))
    return commits.map(({ id, events }) => ({ id, data: events.map((text) => JSON.parse(text).data) }))
  }

  /** The texts of all accepted notes, in order. */
  async texts(account = 'ann'): Promise<string[]> {
    return (await this.accepted(account)).flatMap(({ data }) => data.map((each) => (each as { text: string }).text))
  }

  async #exchange(request: ExchangeRequest, account: string): Promise<TransportResponse> {
    const { log, domain, rules } = this
    const before = await log.transact(account, (tx) => tx.head())
    const context = { log, account, rules, catalog: domain.catalog, domainVersion: domain.version, now: () => NOON }
    const { status, body } = await exchange(request, context)
    const head = await log.transact(account, async (tx) => ({ epoch: tx.epoch, head: (await tx.head()).position }))
    if (head.head !== before.position) for (const { tell } of this.#streams) tell(JSON.stringify(head))
    return answer(status, body)
  }
}

export function answer(status: number, body: unknown, headers: Record<string, string> = {}): TransportResponse {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body), redirected: false }
}

/** The answer of a server that has nothing to say. */
export function emptyResponse(change: Partial<ExchangeResponse> = {}): ExchangeResponse {
  return {
    protocol: 1,
    domain: 'notes 1',
    head: 0,
    limits: { commits: 500, bytes: 4_000_000 },
    verdicts: [],
    commits: [],
    cursor: { epoch: 'epoch-1', position: 0, mark: '' },
    more: false,
    ...change,
  }
}

/** A commit of another device as a server sends it. */
export function pulled(n: number, position: number, count = 1): Extract<WirePulledCommit, { events: unknown }> {
  const id = (kind: string, k: number): string => `${kind.repeat(8)}-0000-7000-8000-${k.toString(16).padStart(12, '0')}`
  const events = Array.from({ length: count }, (_, index) => ({
    id: id('e', n * 100 + index),
    type: 'Noted',
    version: 1,
    stream: 'notes',
    time: '2026-11-23T11:00:00.000Z',
    data: { text: `foreign ${n}.${index}`, days: [] },
    metadata: {},
  }))
  return { id: id('c', n), device: id('d', 1), seq: n, position, receivedAt: '2026-11-23T11:00:01.000Z', events }
}
