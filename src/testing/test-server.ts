import { appendFromServer, type ServerReceipt } from '../../server/core/append-from-server.ts'
import { exchange } from '../../server/core/exchange.ts'
import { MemoryServerLog } from '../../server/core/memory-server-log.ts'
import type { CommitRule } from '../event/commit-rule.ts'
import type { AppendOptions } from '../event/prepare-commit.ts'
import type { NewEvent } from '../event/recorded-event.ts'
import type { Ids, Transport, TransportRequest, TransportResponse } from '../platform/ports.ts'
import type { Domain } from '../projection/define-domain.ts'
import { type DeadLetterReport, deadLetterReport, type ExchangeRequest } from '../sync/wire.ts'
import { seededIds } from './chance/seeded-ids.ts'
import { TEST_START } from './time/manual-clock.ts'

/** Answers in place of the server; undefined lets the request through. */
export type Instead = (
  request: ExchangeRequest,
  sent: TransportRequest,
) => TransportResponse | undefined | Promise<TransportResponse | undefined>

export interface TestServerOptions {
  /** What the server says about commits. Default: nothing. */
  readonly rules?: readonly CommitRule[]
  /** Its clock. Default: one that stands still at {@link TEST_START}. */
  readonly now?: () => number
  /** Whose log it is where nobody says. Default `'ann'`. */
  readonly account?: string
}

interface Stream {
  readonly account: string
  readonly tell: (data: string | undefined) => void
  readonly breakOff: () => void
}

/**
 * The production server's core on a log in memory, in this thread: it judges, stores, answers and pokes as the real one. Requests and answers are text
 * in between, as over the wire. It answers at once; put `faultyTransport` around `transport()` for anything else.
 */
export class TestServer {
  domain: Domain
  /** May change at any time. */
  rules: readonly CommitRule[]
  /** Every request that arrived, in order, whoever answered it. */
  readonly requests: ExchangeRequest[] = []
  /** What each request showed for a token. */
  readonly tokens: (string | undefined)[] = []
  /** What devices have said of their dead letters, in order. */
  readonly reports: DeadLetterReport[] = []
  /** Something between client and server. */
  instead: Instead | undefined
  /** Loses answers after the server has done its work. */
  losesAnswers = false
  /** Answers in place of a live stream: with this status; 0 means that nothing answers. */
  refusesStreams: number | undefined
  readonly #account: string
  readonly #now: () => number
  readonly #ids: Ids
  readonly #streams = new Set<Stream>()
  #epochs = 0
  #log: MemoryServerLog

  constructor(domain: Domain, options: TestServerOptions = {}) {
    this.domain = domain
    this.rules = options.rules ?? []
    this.#account = options.account ?? 'ann'
    this.#now = options.now ?? (() => TEST_START)
    this.#ids = seededIds(0x5e7e7, this.#now)
    this.#log = this.#newLog()
  }

  get log(): MemoryServerLog {
    return this.#log
  }

  transport(account: string = this.#account): Transport {
    return {
      post: async (sent) => {
        if (sent.path === 'dead-letters') return this.#takeReport(sent)
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
          const breakOff = () => end(() => reject(new TypeError('The stream broke')))
          const stream = { account, tell: onMessage, breakOff }
          this.#streams.add(stream)
          if (signal.aborted) end(resolve)
          else signal.addEventListener('abort', () => end(resolve))
        }),
    }
  }

  /**
   * Appends as the backend does: asked by no rule, and it reaches the devices like any other commit.
   *
   * @throws LarderError what an append on a device throws
   */
  async append(
    events: NewEvent | readonly NewEvent[],
    { account = this.#account, ...options }: AppendOptions & { account?: string } = {},
  ): Promise<ServerReceipt> {
    const { receipt, epoch, head } = await appendFromServer(account, events, options, {
      log: this.#log,
      catalog: this.domain.catalog,
      now: this.#now,
      newId: () => this.#ids.next(),
    })
    this.#poke(account, { epoch, head })
    return receipt
  }

  /** The accepted commits, in order, with the data of their events. */
  async accepted(account: string = this.#account): Promise<{ id: string; data: unknown[] }[]> {
    const commits = await this.#log.transact(account, (tx) => tx.read(0, { events: 1e6, units: 1e9 }))
    return commits.map(({ id, events }) => ({ id, data: events.map((text) => JSON.parse(text).data) }))
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

  /** What a server is restored from: everything that it has accepted so far. */
  backup(): MemoryServerLog {
    return this.#log.backup()
  }

  /**
   * Sets every account back to what it was when the backup was made: what was accepted since is lost on the server, and devices offer it again.
   *
   * @param options.newEpochs the logs get other identities. Default true; false: as of a database file that is put back
   */
  restore(backup: MemoryServerLog, { newEpochs = true }: { newEpochs?: boolean } = {}): void {
    this.breakStreams()
    this.#log = backup.backup({ newEpochs })
  }

  /** Forgets every account, and what it was asked. Devices that have synced with it before find another log, as after a disaster. */
  reset(): void {
    this.breakStreams()
    this.requests.length = 0
    this.reports.length = 0
    this.tokens.length = 0
    this.#log = this.#newLog()
  }

  #newLog(): MemoryServerLog {
    return new MemoryServerLog({ newEpoch: () => `epoch-${++this.#epochs}` })
  }

  #takeReport({ body }: TransportRequest): TransportResponse {
    this.reports.push(deadLetterReport.parse(JSON.parse(body)))
    return { status: 204, headers: {}, body: '', redirected: false }
  }

  async #exchange(request: ExchangeRequest, account: string): Promise<TransportResponse> {
    const log = this.#log
    const { domain, rules } = this
    const before = await log.transact(account, (tx) => tx.head())
    const context = { log, account, rules, catalog: domain.catalog, domainVersion: domain.version, now: this.#now }
    const { status, body } = await exchange(request, context)
    const after = await log.transact(account, async (tx) => ({ epoch: tx.epoch, head: (await tx.head()).position }))
    if (after.head !== before.position) this.#poke(account, after)
    return { status, headers: {}, body: JSON.stringify(body), redirected: false }
  }

  #poke(account: string, point: { readonly epoch: string; readonly head: number }): void {
    for (const stream of this.#streams) if (stream.account === account) stream.tell(JSON.stringify(point))
  }
}
