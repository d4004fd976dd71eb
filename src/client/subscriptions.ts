import type { Subscription, Told, WorkerApi } from '../protocol/worker-api.ts'

interface Listener {
  readonly subscription: Subscription
  readonly told: (payload: Told[keyof Told]) => void
  readonly failed: (error: unknown) => void
  /** The worker that was asked to tell it. */
  askedOf: WorkerApi | undefined
}

/** Who in the page wants to be told what, across all the workers that a page may have one after the other. */
export class Subscriptions {
  readonly #listeners = new Map<number, Listener>()
  #nextId = 1

  /** Answers its id: what is told under it is what `subscription` asked for. */
  add<K extends keyof Told>(
    subscription: Subscription & { to: K },
    told: (payload: Told[K]) => void,
    failed: (error: unknown) => void,
  ): number {
    const id = this.#nextId++
    this.#listeners.set(id, { subscription, told: told as Listener['told'], failed, askedOf: undefined })
    return id
  }

  /** Whether it was still there. */
  delete(id: number): boolean {
    return this.#listeners.delete(id)
  }

  get ids(): readonly number[] {
    return [...this.#listeners.keys()]
  }

  /** Asks a worker to tell it. Asks none twice, and none for who is gone by now. */
  async ask(id: number, api: WorkerApi): ReturnType<WorkerApi['subscribe']> {
    const listener = this.#listeners.get(id)
    if (listener === undefined || listener.askedOf === api) return { ok: true, value: undefined }
    listener.askedOf = api
    return api.subscribe(id, listener.subscription)
  }

  tell(id: number, payload: Told[keyof Told]): void {
    this.#listeners.get(id)?.told(payload)
  }

  fail(id: number, error: unknown): void {
    this.#listeners.get(id)?.failed(error)
  }

  failAll(error: unknown): void {
    for (const id of this.ids) this.fail(id, error)
  }

  /** Tells all, and nobody any more from now on. */
  end(error: unknown): void {
    const listeners = [...this.#listeners.values()]
    this.#listeners.clear()
    for (const { failed } of listeners) failed(error)
  }
}
