import type { Locks } from '../../../platform/ports.ts'
import { type Actor, never } from './actor.ts'
import type { FaultCounts } from './fault-counts.ts'

interface Request {
  readonly actor: Actor
  readonly grant: () => void
}

/** The Web Locks of one device: first come, first served, and freed when their holder dies. */
export class SimLocks {
  readonly #counts: FaultCounts
  readonly #queues = new Map<string, Request[]>()
  readonly #holders = new Map<string, { readonly request: Request; readonly lose: () => void }>()

  constructor({ counts }: { readonly counts: FaultCounts }) {
    this.#counts = counts
  }

  /** Whether it holds a lock, or waits for one. */
  isInvolved(actor: Actor): boolean {
    const holders = [...this.#holders.values()].map(({ request }) => request)
    return [...holders, ...[...this.#queues.values()].flat()].some((request) => request.actor === actor)
  }

  /** Name of the tab that holds the lock. */
  holderOf(name: string): string | undefined {
    return this.#holders.get(name)?.request.actor.name
  }

  /**
   * Takes the lock away from whoever holds it, as a request with `steal` does. The next in line gets it. Whoever had it is told `toldAfterMs`
   * later, as a tab is that was frozen, and until then does not know better.
   */
  steal(name: string, toldAfterMs = 0): void {
    const holder = this.#holders.get(name)
    if (holder === undefined) return
    this.#counts.add('lock-stolen')
    holder.request.actor.record(`loses lock ${name}`)
    this.#holders.delete(name)
    if (toldAfterMs === 0) holder.lose()
    else holder.request.actor.after(toldAfterMs, holder.lose, 'learns of the lost lock')
    this.#grantNext(name)
  }

  locksOf(actor: Actor): Locks {
    return { hold: (name, signal, work) => this.#hold(actor, name, signal, work) }
  }

  async #hold(
    actor: Actor,
    name: string,
    signal: AbortSignal,
    work: (lost: AbortSignal) => Promise<void>,
  ): Promise<void> {
    if (!actor.isAlive) return never()
    signal.throwIfAborted()
    const request = await this.#wait(actor, name, signal)
    if (!actor.isAlive) return never()
    const lost = new AbortController()
    this.#holders.set(name, { request, lose: () => lost.abort(new DOMException('The lock was stolen', 'AbortError')) })
    actor.record(`holds lock ${name}`)
    try {
      await work(AbortSignal.any([signal, lost.signal]))
      if (lost.signal.aborted) throw lost.signal.reason
    } catch (error) {
      if (actor.isAlive) throw error
    } finally {
      this.#release(name, request)
    }
    return actor.isAlive ? undefined : never()
  }

  /** Resolves when it is this request's turn. */
  #wait(actor: Actor, name: string, signal: AbortSignal): Promise<Request> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#release(name, request)
        reject(signal.reason)
      }
      const request: Request = {
        actor,
        grant: () => {
          signal.removeEventListener('abort', giveUp)
          resolve(request)
        },
      }
      signal.addEventListener('abort', giveUp, { once: true })
      actor.onKill(() => this.#release(name, request))
      const queue = this.#queues.get(name) ?? []
      this.#queues.set(name, queue)
      queue.push(request)
      if (queue.length === 1 && !this.#holders.has(name)) this.#grantNext(name)
    })
  }

  #release(name: string, request: Request): void {
    const queue = this.#queues.get(name) ?? []
    const isHolder = this.#holders.get(name)?.request === request
    const isNext = queue[0] === request
    if (isHolder) this.#holders.delete(name)
    this.#queues.set(
      name,
      queue.filter((each) => each !== request),
    )
    if (isHolder || isNext) this.#grantNext(name)
  }

  #grantNext(name: string): void {
    const [next] = this.#queues.get(name) ?? []
    if (next === undefined || this.#holders.has(name)) return
    next.actor.after(
      0,
      () => {
        const [first, ...others] = this.#queues.get(name) ?? []
        if (first !== next || this.#holders.has(name)) return
        this.#queues.set(name, others)
        this.#holders.set(name, { request: next, lose: () => {} })
        next.grant()
      },
      `lock ${name}`,
    )
  }
}
