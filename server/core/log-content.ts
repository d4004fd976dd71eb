import type { CommitEntry, CommitToAppend, LogCommit, LogPoint } from './server-log.ts'

/** Commits and withdrawals of one account in memory, with their indexes. Never checks; whoever adds has judged. */
export class LogContent {
  readonly byId = new Map<string, CommitEntry>()
  /** By event id, the commit. */
  readonly byEvent = new Map<string, string>()
  /** By position of a commit's last event. */
  readonly marks = new Map<number, string>()
  readonly withdrawn = new Set<string>()
  readonly #commits: { readonly commit: CommitToAppend; readonly end: LogPoint }[] = []
  readonly #bySeq = new Map<string, string>()
  readonly #streams = new Map<string, string[]>()

  /** `end`: position of the commit's last event, and the mark there. */
  add(commit: CommitToAppend, end: LogPoint): void {
    this.#commits.push({ commit, end })
    this.byId.set(commit.id, { position: firstPosition(commit, end), bodyHash: commit.bodyHash })
    this.marks.set(end.position, end.mark)
    this.#bySeq.set(seqKey(commit.device, commit.seq), commit.id)
    for (const { id, stream, text } of commit.events) {
      this.byEvent.set(id, commit.id)
      const texts = this.#streams.get(stream)
      if (texts === undefined) this.#streams.set(stream, [text])
      else texts.push(text)
    }
  }

  addAll(other: LogContent): void {
    for (const { commit, end } of other.#commits) this.add(commit, end)
    for (const id of other.withdrawn) this.withdrawn.add(id)
  }

  copy(): LogContent {
    const copy = new LogContent()
    copy.addAll(this)
    return copy
  }

  head(): LogPoint | undefined {
    return this.#commits.at(-1)?.end
  }

  ownerOf(device: string, seq: number): string | undefined {
    return this.#bySeq.get(seqKey(device, seq))
  }

  /** The JSON of the stream's events, in order. */
  stream(name: string): readonly string[] {
    return this.#streams.get(name) ?? []
  }

  /** The first commits that end above a position. */
  after(position: number, count: number): LogCommit[] {
    const from = this.#firstAbove(position)
    return this.#commits.slice(from, from + count).map(({ commit, end }) => ({
      id: commit.id,
      device: commit.device,
      seq: commit.seq,
      receivedAt: commit.receivedAt,
      position: firstPosition(commit, end),
      mark: end.mark,
      events: commit.events.map((event) => event.text),
    }))
  }

  #firstAbove(position: number): number {
    let low = 0
    let high = this.#commits.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#commits[middle]?.end.position ?? 0) > position) high = middle
      else low = middle + 1
    }
    return low
  }
}

function firstPosition(commit: CommitToAppend, end: LogPoint): number {
  return end.position - commit.events.length + 1
}

function seqKey(device: string, seq: number): string {
  return `${device}/${seq}`
}
