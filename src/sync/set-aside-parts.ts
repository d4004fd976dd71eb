import { damageOf } from '../store/check-segment.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Positions } from '../store/missing.ts'
import { unpackCommits } from '../store/packed-commits.ts'
import { isSetAside, settleNote } from '../store/quarantine.ts'
import type { QuarantineRecord } from '../store/records.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'

/**
 * What could not be read when the log was set back was offered to nobody. Where the server had it all the same, it has come from there since: a part counts as
 * repaired when each commit that it named lies in the log, and they are all that it held. Where its own table of them cannot be believed, it stays named.
 */
export class SetAsideParts {
  readonly #store: EventStore
  /** The log, and what was set aside of it, when it was looked at last, and where it ended. */
  #log = ''
  #head = -1
  /** By note: the commit that was not found; undefined where nobody can name all that it held. */
  readonly #missing = new Map<string, string | undefined>()

  constructor(store: EventStore) {
    this.#store = store
  }

  /** Reads nothing where the log is what it was, and of a part no more than the commit that it lacks. */
  async settle(now: number): Promise<void> {
    const { damages, known } = this.#store
    const aside = damages.all.filter((each) => each.isSetAside).map(({ id }) => id)
    const log = JSON.stringify([aside, known.meta.device, known.meta.repairs])
    const { head } = known
    if (aside.length === 0 || (log === this.#log && head === this.#head)) return
    if (log !== this.#log) this.#missing.clear()
    // Most of them never will be: nobody has to wait for that.
    const back = await this.#store.read((tx) => this.#lookFor(tx, aside))
    for (const id of back) await this.#settle(id, now)
    this.#log = log
    this.#head = head
  }

  async #lookFor(tx: StorageTransaction, aside: readonly string[]): Promise<readonly string[]> {
    const back: string[] = []
    for (const id of aside) {
      if (this.#missing.has(id)) {
        const missing = this.#missing.get(id)
        if (missing === undefined || !(await isThere(tx, missing))) continue
      }
      const found = await lookAt(await tx.get('quarantine', id), tx)
      if (found.isBack) back.push(id)
      else this.#missing.set(id, found.missing)
    }
    return back
  }

  async #settle(id: string, now: number): Promise<void> {
    const settled = await this.#store.transition(async (tx, { meta }) => {
      const note = await tx.get('quarantine', id)
      if (note === undefined || !(await lookAt(note, tx)).isBack) return undefined
      return settleNote(tx, meta, note, now)
    })
    if (settled !== undefined) this.#store.damages.take([settled])
  }
}

async function isThere(tx: StorageTransaction, id: string): Promise<boolean> {
  return (await tx.readByIndex('commitIds', id, { limit: 1 })).length > 0
}

interface Looked {
  readonly isBack: boolean
  /** The first commit that is not there. */
  readonly missing?: string
}

async function lookAt(note: QuarantineRecord | undefined, tx: StorageTransaction): Promise<Looked> {
  const named = note === undefined || !isSetAside(note) ? undefined : commitsNamedIn(note.record, note.range)
  if (named === undefined) return { isBack: false }
  const rest = new Map(named)
  for (const id of named.keys()) {
    if (!rest.has(id)) continue
    for (const segment of await tx.readByIndex('commitIds', id, {})) {
      if (damageOf(segment) !== undefined) continue
      for (const commit of unpackCommits(segment.commits))
        if (rest.get(commit.id) === commit.count) rest.delete(commit.id)
    }
    if (rest.has(id)) return { isBack: false, missing: id }
  }
  return { isBack: true }
}

/** With their numbers of events; undefined where these are not all that lay there. Whatever lies there, it does not throw. */
function commitsNamedIn(record: unknown, range: Positions | undefined): ReadonlyMap<string, number> | undefined {
  if (range === undefined || typeof record !== 'object' || record === null || !('commits' in record)) return undefined
  const { commits } = record
  if (typeof commits !== 'object' || commits === null || !('ids' in commits) || !('counts' in commits)) return undefined
  const { ids, counts } = commits
  if (!Array.isArray(ids) || !(counts instanceof Uint32Array) || ids.length !== counts.length) return undefined
  if (!ids.every((id) => typeof id === 'string')) return undefined
  const named = new Map<string, number>(ids.map((id, index) => [id, counts[index] ?? 0]))
  const sum = [...named.values()].reduce((all, count) => all + count, 0)
  return sum === range.last - range.first + 1 ? named : undefined
}
