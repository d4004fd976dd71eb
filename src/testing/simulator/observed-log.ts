import { MemoryServerLog } from '../../../server/core/memory-server-log.ts'
import type { CommitToAppend, LogTransaction, ServerLog } from '../../../server/core/server-log.ts'

export interface AcceptedCommit extends CommitToAppend {
  /** Of its first event. */
  readonly position: number
}

/** The production log in memory, with what it has committed where the simulation can see it without asking. */
export class ObservedLog implements ServerLog {
  commits: AcceptedCommit[] = []
  epoch = ''
  #inner: MemoryServerLog
  /** What each log held that is no more, by epoch. */
  readonly #former = new Map<string, readonly AcceptedCommit[]>()
  #backup:
    | { readonly log: MemoryServerLog; readonly commits: number; readonly withdrawn: readonly string[] }
    | undefined
  readonly withdrawn = new Set<string>()
  readonly #onCommit: (commit: AcceptedCommit, withdrawn: ReadonlySet<string>) => void
  readonly #onCall: () => void

  constructor(options: {
    readonly newEpoch: () => string
    readonly onCommit: (commit: AcceptedCommit, withdrawn: ReadonlySet<string>) => void
    /** Called before each call of a transaction, and after its commit. Where it throws, the server dies. */
    readonly onCall?: () => void
  }) {
    this.#inner = new MemoryServerLog({ newEpoch: options.newEpoch })
    this.#onCommit = options.onCommit
    this.#onCall = options.onCall ?? (() => undefined)
  }

  /** What the log of this epoch holds, or held when it was lost. */
  commitsOf(epoch: string): readonly AcceptedCommit[] {
    return this.#former.get(epoch) ?? this.commits
  }

  /** Whether a log that is no more had accepted it: then it is offered again without what it expected. */
  wasAccepted(id: string): boolean {
    return [...this.#former.values()].some((commits) => commits.some((each) => each.id === id))
  }

  /** Two devices began as one: after a restore either may offer what both have made, by its own name, to devices that know it by the other's. */
  hasTwins = false

  backUp(): void {
    this.#backup = { log: this.#inner.backup(), commits: this.commits.length, withdrawn: [...this.withdrawn] }
  }

  /** Sets the log back to the backup, as another log. Answers how many commits are lost; undefined where there is no backup. */
  async restore(account: string): Promise<number | undefined> {
    if (this.#backup === undefined) return undefined
    const { log, commits, withdrawn } = this.#backup
    const lost = this.commits.length - commits
    this.#former.set(this.epoch, this.commits)
    this.commits = this.commits.slice(0, commits)
    this.#inner = log.backup({ newEpochs: true })
    this.withdrawn.clear()
    for (const id of withdrawn) this.withdrawn.add(id)
    await this.transact(account, async () => undefined)
    return lost
  }

  /** Position of the newest event. */
  get head(): number {
    const last = this.commits.at(-1)
    return last === undefined ? 0 : last.position + last.events.length - 1
  }

  async transact<T>(account: string, work: (log: LogTransaction) => Promise<T>): Promise<T> {
    const appended: AcceptedCommit[] = []
    const withdrawn: string[] = []
    const inner = this.#inner
    const result = await inner.transact(account, (tx) => {
      if (this.#inner === inner) this.epoch = tx.epoch
      return work(this.#observe(tx, appended, withdrawn))
    })
    // What was written to a log that was set back meanwhile is gone with it.
    if (this.#inner !== inner) return result
    this.commits.push(...appended)
    for (const id of withdrawn) this.withdrawn.add(id)
    for (const commit of appended) this.#onCommit(commit, this.withdrawn)
    this.#onCall()
    return result
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  #observe(tx: LogTransaction, appended: AcceptedCommit[], withdrawn: string[]): LogTransaction {
    const call = async <T>(made: () => Promise<T>): Promise<T> => {
      this.#onCall()
      return made()
    }
    return {
      epoch: tx.epoch,
      head: () => call(() => tx.head()),
      markAt: (position) => call(() => tx.markAt(position)),
      commits: (ids) => call(() => tx.commits(ids)),
      withdrawn: (ids) => call(() => tx.withdrawn(ids)),
      eventOwners: (ids) => call(() => tx.eventOwners(ids)),
      seqOwners: (device, seqs) => call(() => tx.seqOwners(device, seqs)),
      streamVersion: (stream) => call(() => tx.streamVersion(stream)),
      append: async (commit) => {
        const position = await call(() => tx.append(commit))
        appended.push({ ...commit, position })
        return position
      },
      withdraw: async (ids) => {
        await call(() => tx.withdraw(ids))
        withdrawn.push(...ids)
      },
      read: (after, bounds) => call(() => tx.read(after, bounds)),
      readStream: (stream, afterVersion, limit) => call(() => tx.readStream(stream, afterVersion, limit)),
    }
  }
}
