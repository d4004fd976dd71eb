import type { Prng } from '../../chance/prng.ts'
import { type Actor, never } from './actor.ts'
import type { FaultCounts } from './fault-counts.ts'
import type { NetworkFaults } from './network-faults.ts'
import type { Scheduler } from './scheduler.ts'

interface Stream {
  readonly account: string
  readonly actor: Actor
  readonly isReachable: () => boolean
  readonly tell: (data: string | undefined) => void
  readonly breakOff: () => void
}

/** How often the server shows that it is alive. */
const HEARTBEAT_MS = 15_000

/** The streams on which the server pokes. */
export class SimLive {
  readonly #options: { readonly scheduler: Scheduler; readonly prng: Prng; readonly counts: FaultCounts }
  readonly #faults: () => NetworkFaults
  readonly #streams = new Set<Stream>()

  constructor(
    options: { readonly scheduler: Scheduler; readonly prng: Prng; readonly counts: FaultCounts },
    faults: () => NetworkFaults,
  ) {
    this.#options = options
    this.#faults = faults
  }

  listen(
    actor: Actor,
    account: string,
    signal: AbortSignal,
    isReachable: () => boolean,
    tell: (data: string | undefined) => void,
  ): Promise<void> {
    if (!actor.isAlive) return never()
    return new Promise((resolve, reject) => {
      if (signal.aborted) return resolve()
      const stream: Stream = {
        account,
        actor,
        isReachable,
        tell,
        breakOff: () => end(() => reject(new TypeError('The stream broke'))),
      }
      const end = (settle: () => void): void => {
        this.#streams.delete(stream)
        if (actor.isAlive) settle()
      }
      signal.addEventListener('abort', () => end(resolve), { once: true })
      actor.onKill(() => this.#streams.delete(stream))
      const open = (): void => {
        if (signal.aborted) return
        if (!isReachable()) {
          stream.breakOff()
          return
        }
        this.#streams.add(stream)
        tell(undefined)
        this.#beat(stream)
      }
      actor.after(this.#delay(), open, 'opens live stream')
    })
  }

  poke(account: string, data: string): void {
    for (const stream of this.#streams) {
      if (stream.account !== account) continue
      if (this.#options.prng.chance(this.#faults().pokeLost)) this.#options.counts.add('poke-lost')
      else stream.actor.after(this.#delay(), () => this.#pass(stream, data), 'poke')
    }
  }

  breakAll(): void {
    for (const stream of [...this.#streams]) stream.breakOff()
  }

  #beat(stream: Stream): void {
    stream.actor.after(
      HEARTBEAT_MS,
      () => {
        this.#pass(stream, undefined)
        if (this.#streams.has(stream)) this.#beat(stream)
      },
      'heartbeat',
    )
  }

  #pass(stream: Stream, data: string | undefined): void {
    // A device without a network hears nothing; only its own patience ends that.
    if (!this.#streams.has(stream) || !stream.isReachable()) return
    if (this.#options.prng.chance(this.#faults().streamBroken)) {
      this.#options.counts.add('stream-broken')
      stream.breakOff()
    } else {
      stream.tell(data)
    }
  }

  #delay(): number {
    const { minDelayMs, maxDelayMs } = this.#faults()
    return this.#options.prng.between(minDelayMs, maxDelayMs)
  }
}
