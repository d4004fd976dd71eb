import type { Clock, Transport, TransportRequest, TransportResponse } from '../../platform/ports.ts'
import { Prng } from '../chance/prng.ts'

/**
 * What can become of a request.
 *
 * - `'lose-request'`: it never arrives, and the connection fails.
 * - `'lose-response'`: the server has done its work, and the connection fails.
 * - `'hang'`: it never arrives, and nobody says so; only the caller's patience ends it.
 * - `'duplicate'`: the server gets it twice, and the caller the first answer.
 * - `'delay'`: it takes up to `maxDelayMs` on its way.
 * - `'reorder'`: it waits until the next request has been answered, or `maxDelayMs` have passed.
 * - `'truncate'`: the answer is cut off somewhere.
 * - `'captive-portal'`: somebody else answers 200, with a page for signing in.
 * - `{ status }`: something in between answers with this status, and no JSON.
 */
export type TransportFault =
  | 'lose-request'
  | 'lose-response'
  | 'hang'
  | 'duplicate'
  | 'delay'
  | 'reorder'
  | 'truncate'
  | 'captive-portal'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }

export interface TransportFaultPlan {
  /** Whose time delays take. */
  readonly clock: Clock
  /** What becomes of the n-th request, from 1. Asked first; undefined leaves it to `chance`. */
  readonly script?: (n: number, path: string) => TransportFault | undefined
  /** How likely each fault is, from 0 to 1. `server-error`: 502, 503 or 504. Default: none. */
  readonly chance?: Partial<Record<Extract<TransportFault, string> | 'server-error', number>>
  /** How likely a poke is lost, and a stream breaks when one comes. Default: none. */
  readonly losesPokes?: number
  readonly breaksStreams?: number
  /** Default 30,000. */
  readonly maxDelayMs?: number
  /** All chance. Default 1. */
  readonly seed?: number
}

export interface FaultyTransport extends Transport {
  /** What struck, in order. */
  readonly struck: readonly { readonly n: number; readonly path: string; readonly fault: TransportFault }[]
  /** Requests so far. */
  readonly requests: number
}

const HTML = { 'content-type': 'text/html' }

/** A way to the server with faults on it, the same ones in every run. Whatever the plan says, what it loses looks lost as with `fetch`: a TypeError. */
export function faultyTransport(inner: Transport, plan: TransportFaultPlan): FaultyTransport {
  const prng = new Prng(plan.seed ?? 1)
  const way = new FaultyWay(inner, plan, prng)
  return {
    get struck() {
      return way.struck
    },
    get requests() {
      return way.requests
    },
    post: (request) => way.post(request),
    listen: (request, onMessage) => {
      const broken = new AbortController()
      const signal = AbortSignal.any([request.signal, broken.signal])
      const pass = (data: string | undefined): void => {
        if (prng.chance(plan.breaksStreams ?? 0)) broken.abort()
        else if (!(data !== undefined && prng.chance(plan.losesPokes ?? 0))) onMessage(data)
      }
      return inner.listen({ ...request, signal }, pass).then(() => {
        if (broken.signal.aborted && !request.signal.aborted) throw new TypeError('The stream broke')
      })
    },
  }
}

class FaultyWay {
  readonly struck: { readonly n: number; readonly path: string; readonly fault: TransportFault }[] = []
  requests = 0
  readonly #inner: Transport
  readonly #plan: TransportFaultPlan
  readonly #prng: Prng
  /** Those that wait for another to overtake them. */
  #waiting: (() => void)[] = []

  constructor(inner: Transport, plan: TransportFaultPlan, prng: Prng) {
    this.#inner = inner
    this.#plan = plan
    this.#prng = prng
  }

  async post(request: TransportRequest): Promise<TransportResponse> {
    const n = ++this.requests
    const fault = this.#plan.script?.(n, request.path) ?? this.#draw()
    if (fault !== undefined) this.struck.push({ n, path: request.path, fault })
    const answer = await untilAborted(request.signal, this.#answer(request, fault))
    if (fault !== 'reorder') for (const goOn of this.#waiting.splice(0)) goOn()
    return answer
  }

  async #answer(request: TransportRequest, fault: TransportFault | undefined): Promise<TransportResponse> {
    const { maxDelayMs = 30_000 } = this.#plan
    if (typeof fault === 'object') {
      return { status: fault.status, headers: { ...HTML, ...fault.headers }, body: 'Bad gateway', redirected: false }
    }
    switch (fault) {
      case 'lose-request':
        throw new TypeError('The connection failed')
      case 'lose-response':
        await this.#inner.post(request)
        throw new TypeError('The connection failed')
      case 'hang':
        return new Promise(() => undefined)
      case 'duplicate': {
        const answer = await this.#inner.post(request)
        await this.#inner.post(request)
        return answer
      }
      case 'delay':
        await this.#wait(this.#prng.between(1, maxDelayMs))
        return this.#inner.post(request)
      case 'reorder':
        await Promise.race([this.#wait(maxDelayMs), new Promise<void>((resolve) => this.#waiting.push(resolve))])
        return this.#inner.post(request)
      case 'truncate': {
        const answer = await this.#inner.post(request)
        return { ...answer, body: answer.body.slice(0, this.#prng.between(0, Math.max(0, answer.body.length - 1))) }
      }
      case 'captive-portal':
        return { status: 200, headers: HTML, body: '<h1>Sign in</h1>', redirected: false }
      default:
        return this.#inner.post(request)
    }
  }

  #draw(): TransportFault | undefined {
    // Each kind draws, whatever came of those before it: so that a change of one likelihood does not change what the others do.
    const drawn = Object.entries(this.#plan.chance ?? {}).filter(([, likely]) => this.#prng.chance(likely))
    const [kind] = drawn[0] ?? []
    // The keys are those of the plan's type.
    return kind === 'server-error' ? { status: this.#prng.pick([502, 503, 504]) } : (kind as TransportFault | undefined)
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#plan.clock.after(delayMs, resolve))
  }
}

/** A caller that has given up hears of nothing else. */
function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason)
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
