import type { WireCommit } from '../../src/sync/wire.ts'
import type { CommitEntry, CommitToAppend, LogTransaction } from './server-log.ts'

/**
 * What the log holds of the commits of one request: asked of it once for all, and kept up with what the request itself adds. A question for each
 * commit took longer than judging it.
 */
export class BatchView {
  readonly #log: LogTransaction
  readonly #commits: Map<string, CommitEntry>
  readonly #withdrawn: Set<string>
  readonly #events: Set<string>

  private constructor(
    log: LogTransaction,
    commits: ReadonlyMap<string, CommitEntry>,
    withdrawn: ReadonlySet<string>,
    events: Iterable<string>,
  ) {
    this.#log = log
    this.#commits = new Map(commits)
    this.#withdrawn = new Set(withdrawn)
    this.#events = new Set(events)
  }

  static async of(commits: readonly WireCommit[], log: LogTransaction): Promise<BatchView> {
    const lines = unique(commits.flatMap(({ id, replaces = [] }) => [id, ...replaces]))
    const events = unique(commits.flatMap((commit) => commit.events.map(({ id }) => id)))
    const [known, withdrawn, owners] = await Promise.all([
      log.commits(lines),
      log.withdrawn(commits.map(({ id }) => id)),
      log.eventOwners(events),
    ])
    return new BatchView(log, known, withdrawn, owners.keys())
  }

  accepted(id: string): CommitEntry | undefined {
    return this.#commits.get(id)
  }

  isWithdrawn(id: string): boolean {
    return this.#withdrawn.has(id)
  }

  /** Whether a commit that was accepted holds the event. */
  holdsEvent(id: string): boolean {
    return this.#events.has(id)
  }

  async append(commit: CommitToAppend): Promise<number> {
    const position = await this.#log.append(commit)
    this.#commits.set(commit.id, { position, bodyHash: commit.bodyHash })
    for (const { id } of commit.events) this.#events.add(id)
    return position
  }

  async withdraw(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    await this.#log.withdraw(ids)
    for (const id of ids) this.#withdrawn.add(id)
  }
}

function unique(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)]
}
