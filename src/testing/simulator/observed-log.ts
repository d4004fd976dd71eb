import { MemoryServerLog } from '../../../server/core/memory-server-log.ts'
import type { CommitToAppend, LogTransaction, ServerLog } from '../../../server/core/server-log.ts'

export interface AcceptedCommit extends CommitToAppend {
  /** Of its first event. */
  readonly position: number
}

/** The production log in memory, with what it has committed where the simulation can see it without asking. */
export class ObservedLog implements ServerLog {
  readonly commits: AcceptedCommit[] = []
  epoch = ''
  readonly #inner: MemoryServerLog
  readonly withdrawn = new Set<string>()
  readonly #onCommit: (commit: AcceptedCommit, withdrawn: ReadonlySet<string>) => void

  constructor(options: {
    readonly newEpoch: () => string
    readonly onCommit: (commit: AcceptedCommit, withdrawn: ReadonlySet<string>) => void
  }) {
    this.#inner = new MemoryServerLog({ newEpoch: options.newEpoch })
    this.#onCommit = options.onCommit
  }

  /** Position of the newest event. */
  get head(): number {
    const last = this.commits.at(-1)
    return last === undefined ? 0 : last.position + last.events.length - 1
  }

  async transact<T>(account: string, work: (log: LogTransaction) => Promise<T>): Promise<T> {
    const appended: AcceptedCommit[] = []
    const withdrawn: string[] = []
    const result = await this.#inner.transact(account, (tx) => {
      this.epoch = tx.epoch
      return work(observe(tx, appended, withdrawn))
    })
    this.commits.push(...appended)
    for (const id of withdrawn) this.withdrawn.add(id)
    for (const commit of appended) this.#onCommit(commit, this.withdrawn)
    return result
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}

function observe(tx: LogTransaction, appended: AcceptedCommit[], withdrawn: string[]): LogTransaction {
  return {
    epoch: tx.epoch,
    head: () => tx.head(),
    markAt: (position) => tx.markAt(position),
    commits: (ids) => tx.commits(ids),
    withdrawn: (ids) => tx.withdrawn(ids),
    eventOwners: (ids) => tx.eventOwners(ids),
    seqOwner: (device, seq) => tx.seqOwner(device, seq),
    streamVersion: (stream) => tx.streamVersion(stream),
    append: async (commit) => {
      const position = await tx.append(commit)
      appended.push({ ...commit, position })
      return position
    },
    withdraw: async (ids) => {
      await tx.withdraw(ids)
      withdrawn.push(...ids)
    },
    read: (after, bounds) => tx.read(after, bounds),
    readStream: (stream, afterVersion, limit) => tx.readStream(stream, afterVersion, limit),
  }
}
