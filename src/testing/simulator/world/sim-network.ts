import type { Transport, TransportRequest, TransportResponse } from '../../../platform/ports.ts'
import type { Prng } from '../../chance/prng.ts'
import { type Actor, never } from './actor.ts'
import type { FaultCounts } from './fault-counts.ts'
import { type NetworkFaults, NO_FAULTS } from './network-faults.ts'
import type { Scheduler } from './scheduler.ts'
import { SimLive } from './sim-live.ts'

export type SimAnswer = Pick<TransportResponse, 'status' | 'headers' | 'body'>

/** What the server does with the body of a POST to `path`; undefined where it dies over it. */
export type SimServer = (
  account: string,
  body: string,
  path: string,
  token: string | undefined,
) => Promise<SimAnswer | undefined>

export interface SimNetworkOptions {
  readonly scheduler: Scheduler
  readonly prng: Prng
  readonly counts: FaultCounts
  readonly server: SimServer
  /** Default: none. May change while the world runs. */
  readonly faults?: NetworkFaults
}

/** How a request fails that gets no answer. */
const BROKEN = 'The connection failed'

/** One way; what takes longer than this counts as a fault. */
const SLOW_MS = 500

/** The way to the server, with its faults. It carries on what it was given, whatever becomes of the one who gave it. */
export class SimNetwork {
  faults: NetworkFaults
  readonly #options: SimNetworkOptions
  readonly #live: SimLive
  readonly #order = { sent: 0, served: 0 }
  #isDown = false

  constructor(options: SimNetworkOptions) {
    this.#options = options
    this.faults = options.faults ?? NO_FAULTS
    this.#live = new SimLive(options, () => this.faults)
  }

  get isDown(): boolean {
    return this.#isDown
  }

  /** The server answers nobody while it is down, and streams to it break. What it does already, it finishes. */
  setDown(isDown: boolean): void {
    if (this.#isDown === isDown) return
    this.#isDown = isDown
    this.#options.scheduler.record('network', isDown ? 'server goes down' : 'server comes up')
    if (isDown) {
      this.#options.counts.add('server-down')
      this.#live.breakAll()
    }
  }

  /** Takes the server down for a while, from `inMs` from now on. */
  planDown(inMs: number, forMs: number): void {
    const { scheduler } = this.#options
    scheduler.after(inMs, () => this.setDown(true), 'network', 'planned')
    scheduler.after(inMs + forMs, () => this.setDown(false), 'network', 'planned')
  }

  /** From now on everything works, and takes as long as before. */
  heal(): void {
    const { minDelayMs, maxDelayMs } = this.faults
    this.faults = { ...NO_FAULTS, minDelayMs, maxDelayMs }
    this.setDown(false)
  }

  /** Tells everybody who listens for this account, as the server would after it has stored something. */
  poke(account: string, data: string): void {
    this.#live.poke(account, data)
  }

  /** How a tab reaches the server. `isOnline`: whether its device has a network at all. */
  transportOf(actor: Actor, account: string, isOnline: () => boolean = () => true): Transport {
    const isReachable = (): boolean => isOnline() && !this.#isDown
    return {
      post: (request) => this.#post(actor, account, request, isReachable),
      listen: (request, onMessage) => this.#live.listen(actor, account, request.signal, isReachable, onMessage),
    }
  }

  #post(
    actor: Actor,
    account: string,
    { path, body, token, signal }: TransportRequest,
    isReachable: () => boolean,
  ): Promise<TransportResponse> {
    if (!actor.isAlive) return never()
    return new Promise<TransportResponse>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      signal.addEventListener('abort', () => actor.isAlive && reject(signal.reason), { once: true })
      // Promises settle once, so a second answer, or one after an abort, goes nowhere.
      const number = ++this.#order.sent
      const call = new SimCall(this.#options, this.faults, actor, {
        serve: () => {
          if (number < this.#order.served) this.#options.counts.add('request-reordered')
          this.#order.served = Math.max(number, this.#order.served)
          return this.#options.server(account, body, path, token)
        },
        isReachable,
        answer: resolve,
        fail: () => reject(new TypeError(BROKEN)),
      })
      call.send(path)
    })
  }
}

interface CallEnds {
  readonly serve: () => Promise<SimAnswer | undefined>
  readonly isReachable: () => boolean
  readonly answer: (response: TransportResponse) => void
  readonly fail: () => void
}

/** One request on its way there and back. */
class SimCall {
  readonly #options: SimNetworkOptions
  readonly #faults: NetworkFaults
  readonly #actor: Actor
  readonly #ends: CallEnds

  constructor(options: SimNetworkOptions, faults: NetworkFaults, actor: Actor, ends: CallEnds) {
    this.#options = options
    this.#faults = faults
    this.#actor = actor
    this.#ends = ends
  }

  send(path: string): void {
    const { requestLost, duplicated, portal, serverError } = this.#faults
    this.#actor.record(`sends ${path}`)
    if (this.#strikes(requestLost, 'request-lost')) this.#lose()
    else if (this.#strikes(portal, 'portal'))
      this.#return({ status: 200, headers: HTML, body: '<h1>Sign in</h1>' }, false)
    else if (this.#strikes(serverError, 'server-error')) this.#answerInPlaceOfServer()
    else this.#deliver(this.#strikes(duplicated, 'request-duplicated'))
  }

  #answerInPlaceOfServer(): void {
    if (this.#options.prng.chance(0.5)) this.#arrive(this.#delay(), false)
    this.#return({ status: this.#options.prng.pick([502, 503]), headers: HTML, body: 'Bad gateway' }, false)
  }

  #deliver(isDuplicated: boolean): void {
    const { prng } = this.#options
    this.#arrive(this.#delay(), true)
    if (isDuplicated) this.#arrive(this.#delay() + prng.between(0, this.#faults.lateMs), prng.chance(0.5))
  }

  /** The request reaches the server after a while; `isHeard` says whether its answer comes back. */
  #arrive(delayMs: number, isHeard: boolean): void {
    const { scheduler } = this.#options
    const arrive = (): void => {
      if (!this.#ends.isReachable()) {
        this.#options.counts.add('unreachable')
        if (isHeard) this.#lose()
        return
      }
      void this.#serve(isHeard)
    }
    scheduler.after(delayMs, arrive, 'server', `gets a request of ${this.#actor.name}`)
  }

  async #serve(isHeard: boolean): Promise<void> {
    const answer = await this.#ends.serve()
    if (!isHeard) return
    if (answer === undefined) {
      this.#lose()
      return
    }
    if (this.#strikes(this.#faults.responseLost, 'response-lost')) {
      this.#lose()
      return
    }
    const isCut = this.#strikes(this.#faults.truncated, 'response-truncated')
    const body = isCut ? answer.body.slice(0, this.#options.prng.between(0, answer.body.length - 1)) : answer.body
    this.#return({ ...answer, body }, true)
  }

  #return(answer: SimAnswer, isFromServer: boolean): void {
    const arrive = (): void => {
      if (isFromServer && !this.#ends.isReachable()) this.#lose()
      else this.#ends.answer({ ...answer, redirected: false })
    }
    this.#actor.after(this.#delay(), arrive, `gets status ${answer.status}`)
  }

  /** Nothing comes back: the client sees the connection fail after a while, or nothing at all. */
  #lose(): void {
    if (this.#options.prng.chance(0.5)) this.#actor.after(this.#delay(), this.#ends.fail, 'connection fails')
  }

  #delay(): number {
    const delayMs = this.#options.prng.between(this.#faults.minDelayMs, this.#faults.maxDelayMs)
    if (delayMs >= SLOW_MS) this.#options.counts.add('delayed')
    return delayMs
  }

  #strikes(probability: number, kind: string): boolean {
    const strikes = this.#options.prng.chance(probability)
    if (strikes) {
      this.#options.counts.add(kind)
      this.#actor.record(kind)
    }
    return strikes
  }
}

const HTML = { 'content-type': 'text/html' }
