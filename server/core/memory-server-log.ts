import { LarderError } from '../../src/errors.ts'
import { FIRST_MARK, nextMark } from './fingerprint.ts'
import { LogContent } from './log-content.ts'
import {
  type CommitEntry,
  type CommitToAppend,
  type LogCommit,
  type LogPoint,
  type LogTransaction,
  type PageBounds,
  type ServerLog,
  sizeOfEvents,
  withinBounds,
} from './server-log.ts'

export interface MemoryServerLogOptions {
  /** Makes the identity of each new account's log: any text that was never used before. */
  newEpoch: () => string
}

/** A {@link ServerLog} that lives as long as this object: for tests, the simulator, and trying things out. */
export class MemoryServerLog implements ServerLog {
  readonly #newEpoch: () => string
  readonly #accounts = new Map<string, Account>()
  #closed = false

  constructor(options: MemoryServerLogOptions) {
    this.#newEpoch = options.newEpoch
  }

  transact<T>(account: string, work: (log: LogTransaction) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new LarderError('closed', 'The server log is closed: open it again', {}))
    const state = this.#accountOf(account)
    const done = state.last.then(async () => {
      const transaction = new MemoryTransaction(state)
      const result = await work(transaction)
      transaction.commit()
      return result
    })
    state.last = done.catch(() => undefined)
    return done
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#accounts.values()].map((state) => state.last))
  }

  /**
   * An independent copy of what is committed now: what a server is restored from.
   *
   * @param options.newEpochs the logs get other identities, as where a restore makes new ones. Default false
   */
  backup({ newEpochs = false }: { newEpochs?: boolean } = {}): MemoryServerLog {
    const copy = new MemoryServerLog({ newEpoch: this.#newEpoch })
    for (const [name, { epoch, content }] of this.#accounts) {
      const own = newEpochs ? this.#newEpoch() : epoch
      copy.#accounts.set(name, { epoch: own, content: content.copy(), last: Promise.resolve() })
    }
    return copy
  }

  #accountOf(name: string): Account {
    let state = this.#accounts.get(name)
    if (state === undefined) {
      state = { epoch: this.#newEpoch(), content: new LogContent(), last: Promise.resolve() }
      this.#accounts.set(name, state)
    }
    return state
  }
}

interface Account {
  readonly epoch: string
  readonly content: LogContent
  /** Settles when the newest transaction has ended, well or not. */
  last: Promise<unknown>
}

/** Reads what is stored and, over it, its own writes, which become part of the account in one step. */
class MemoryTransaction implements LogTransaction {
  readonly epoch: string
  readonly #stored: LogContent
  readonly #own = new LogContent()

  constructor(account: Account) {
    this.epoch = account.epoch
    this.#stored = account.content
  }

  commit(): void {
    this.#stored.addAll(this.#own)
  }

  async head(): Promise<LogPoint> {
    return this.#own.head() ?? this.#stored.head() ?? { position: 0, mark: FIRST_MARK }
  }

  async markAt(position: number): Promise<string | undefined> {
    return position === 0 ? FIRST_MARK : (this.#own.marks.get(position) ?? this.#stored.marks.get(position))
  }

  async commits(ids: readonly string[]): Promise<ReadonlyMap<string, CommitEntry>> {
    return pick(ids, (id) => this.#own.byId.get(id) ?? this.#stored.byId.get(id))
  }

  async withdrawn(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(ids.filter((id) => this.#own.withdrawn.has(id) || this.#stored.withdrawn.has(id)))
  }

  async eventOwners(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return pick(ids, (id) => this.#own.byEvent.get(id) ?? this.#stored.byEvent.get(id))
  }

  async seqOwners(device: string, seqs: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return pick(seqs, (seq) => this.#own.ownerOf(device, seq) ?? this.#stored.ownerOf(device, seq))
  }

  async streamVersion(stream: string): Promise<number> {
    return this.#stored.stream(stream).length + this.#own.stream(stream).length
  }

  async append(commit: CommitToAppend): Promise<number> {
    const { position, mark } = await this.head()
    const last = position + commit.events.length
    this.#own.add(commit, { position: last, mark: nextMark(mark, commit.id) })
    return position + 1
  }

  async withdraw(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#own.withdrawn.add(id)
  }

  async read(after: number, bounds: PageBounds): Promise<readonly LogCommit[]> {
    const commits = [...this.#stored.after(after, bounds.events), ...this.#own.after(after, bounds.events)]
    return withinBounds(commits, bounds, (commit) => sizeOfEvents(commit.events))
  }

  async readStream(stream: string, afterVersion: number, limit: number): Promise<readonly string[]> {
    return [...this.#stored.stream(stream), ...this.#own.stream(stream)].slice(afterVersion, afterVersion + limit)
  }
}

function pick<K, V>(ids: readonly K[], find: (id: K) => V | undefined): ReadonlyMap<K, V> {
  const found = new Map<K, V>()
  for (const id of ids) {
    const value = find(id)
    if (value !== undefined) found.set(id, value)
  }
  return found
}
