import { LarderError } from '../../../errors.ts'
import { openMemoryStorage } from '../../../storage/memory/memory-backend.ts'
import type { MemoryDisk } from '../../../storage/memory/memory-disk.ts'
import type { TableName } from '../../../store/records.ts'
import type { StorageBackend, StorageTransaction } from '../../../store/storage-backend.ts'
import type { Prng } from '../../chance/prng.ts'
import { type Actor, never } from './actor.ts'
import type { FaultCounts } from './fault-counts.ts'
import { SimTransaction } from './sim-transaction.ts'

/** Where a storage step stands: around each call of a transaction, and around its commit. */
export type StorageStep = 'before-call' | 'after-call' | 'before-commit' | 'after-commit'

/**
 * What happens when the tab reaches a storage step: `crash` kills it there; `reject` makes the transaction fail as `storage-unavailable`, which
 * after the commit means that it is stored and says it is not.
 */
export type StorageFault = 'crash' | 'reject'

export interface SimStorageOptions {
  readonly prng: Prng
  readonly counts: FaultCounts
  /** Told of each storage step, to count them for the whole device. */
  readonly onStep?: () => void
  /** What a write transaction wrote is on disk. Called before its tab, or any other, knows. */
  readonly onCommit?: () => void
  /** The longest that a call or a commit takes, in virtual ms: every other takes a random time up to that, the rest none. Default 4. */
  readonly maxDelayMs?: number
}

/**
 * The storage of one tab. It behaves as IndexedDB does: calls take time, those of one transaction run in order, a transaction whose work awaits
 * anything else is over, and a tab that dies in the middle leaves nothing of it behind.
 */
export class SimStorage implements StorageBackend {
  readonly mode = 'memory'
  readonly #inner: StorageBackend
  readonly #actor: Actor
  readonly #options: SimStorageOptions
  readonly #killed: Promise<never>
  #steps = 0
  #plan:
    | {
        readonly at: number
        readonly fault: StorageFault
        readonly step: StorageStep | undefined
        readonly onStrike: (() => void) | undefined
      }
    | undefined

  constructor(disk: MemoryDisk, actor: Actor, options: SimStorageOptions) {
    this.#inner = openMemoryStorage(disk)
    this.#actor = actor
    this.#options = options
    this.#killed = new Promise((_, reject) => actor.onKill(() => reject(new Error(`${actor.name} was killed`))))
    this.#killed.catch(() => undefined)
  }

  /** Storage steps of this tab so far. */
  get steps(): number {
    return this.#steps
  }

  /**
   * Plans a fault at the `count`-th storage step from now; 1 is the next. With `step`, at the first of that kind from there on. Takes the place
   * of an earlier plan. `onStrike` is called as it happens.
   */
  faultAfter(count: number, fault: StorageFault, step?: StorageStep, onStrike?: () => void): void {
    this.#plan = { at: this.#steps + count, fault, step, onStrike }
  }

  /** What was planned does not happen. */
  spare(): void {
    this.#plan = undefined
  }

  async transact<T>(
    mode: 'read' | 'write',
    tables: readonly TableName[],
    work: (tx: StorageTransaction) => Promise<T>,
  ): Promise<T> {
    if (!this.#actor.isAlive) return never()
    try {
      const result = await this.#inner.transact(mode, tables, (tx) =>
        Promise.race([this.#work(mode, tx, work), this.#killed]),
      )
      if (mode === 'write') {
        this.#options.onCommit?.()
        await this.#step('after-commit')
        await this.#takeTime('committed')
      }
      return this.#actor.isAlive ? result : never()
    } catch (error) {
      if (!this.#actor.isAlive) return never()
      throw error
    }
  }

  close(): Promise<void> {
    return this.#actor.isAlive ? this.#inner.close() : never()
  }

  async #work<T>(
    mode: 'read' | 'write',
    inner: StorageTransaction,
    work: (tx: StorageTransaction) => Promise<T>,
  ): Promise<T> {
    const tx = new SimTransaction(inner, this.#actor.scheduler, async (what, call) => {
      await this.#step('before-call')
      await this.#takeTime(what)
      const answer = await call()
      await this.#step('after-call')
      return answer
    })
    if (!this.#actor.isAlive) return never()
    const result = await tx.run(work)
    if (mode === 'read') return result
    await this.#step('before-commit')
    await this.#takeTime('commit')
    return result
  }

  async #step(step: StorageStep): Promise<void> {
    if (!this.#actor.isAlive) return never()
    this.#steps++
    this.#options.onStep?.()
    if (this.#plan === undefined || this.#steps < this.#plan.at) return
    if (this.#plan.step !== undefined && this.#plan.step !== step) return
    const { fault, onStrike } = this.#plan
    this.#plan = undefined
    onStrike?.()
    this.#options.counts.add(`${fault}-${step}`)
    if (fault === 'crash') {
      this.#actor.kill(`crash ${step}`)
      return never()
    }
    this.#actor.record(`storage fails ${step}`)
    throw new LarderError('storage-unavailable', `The simulated storage failed ${step}`, {})
  }

  async #takeTime(what: string): Promise<void> {
    const { prng, maxDelayMs = 4 } = this.#options
    if (prng.chance(0.5)) await this.#actor.sleep(prng.between(0, maxDelayMs), `storage: ${what}`)
  }
}
