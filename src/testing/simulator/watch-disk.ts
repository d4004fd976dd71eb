import { eventText, unpackEvents } from '../../event/packed-events.ts'
import type { MemoryDisk } from '../../storage/memory/memory-disk.ts'
import { openTurnOf } from '../../store/begin-turn.ts'
import { unpackCommits } from '../../store/packed-commits.ts'
import type { ConfirmedSegment, MetaRecord, PendingRecord, StoredSegment, StreamBasis } from '../../store/records.ts'
import { openPlain } from '../../store/segment-reader.ts'
import type { ObservedLog } from './observed-log.ts'
import { RepairedNotes } from './repaired-notes.ts'
import type { Violations } from './violations.ts'

type Place = 'pending' | 'dead letter' | 'discarded'

export interface DiskListeners {
  /** Told of each record of the outbox, whenever it is looked at. */
  readonly onPending?: (record: PendingRecord) => void
  /** Told when a commit is held, or decided again, and when others' commits come in front of what waits. */
  readonly onDrama?: (kind: 'hold' | 're-decision' | 'rebase') => void
}

/** Looks at one device's disk after every commit of a transaction, and at every state that a crash could leave behind. */
export class DiskWatch {
  /** What each commit with an expectation stood on when it was stored, by commit id. */
  readonly bases = new Map<string, Readonly<Record<string, StreamBasis>>>()
  readonly #name: string
  readonly #disk: MemoryDisk
  readonly #log: ObservedLog
  readonly #violations: Violations
  readonly #confirmed = new Set<string>()
  readonly #confirmedEvents = new Set<string>()
  readonly #seqs = new Map<string, string>()
  readonly #orders = new Map<number, string>()
  readonly #versions = new Map<string, number>()
  #places = new Map<string, Place>()
  #head = 0
  #commits = 0
  /** The confirmed commits, in their order. */
  readonly #looked: { id: string; first: number; events: readonly { id: string; stream: string }[] }[] = []
  /** There is another with the same beginning: either may have sent what both call their own, and only one of them has noticed. */
  #isCopied = false
  /** From then on what it calls its own has another device's name on the server, in part. */
  #isForked = false
  /** Of the log that the confirmed zone is of. */
  #epoch = ''
  #meta: MetaRecord | undefined
  /** The tab that raised the term last. */
  #leader = ''
  /** Commits in records that the disk has lost or damaged: what is appended again under their ids is not known to be here. */
  readonly #lost = new Set<string>()
  readonly #repaired = new RepairedNotes()

  readonly #listeners: DiskListeners
  /** Commits of the outbox that were seen to be held, or decided again. */
  readonly #seen = new Set<string>()

  constructor(name: string, disk: MemoryDisk, log: ObservedLog, violations: Violations, listeners: DiskListeners = {}) {
    this.#name = name
    this.#listeners = listeners
    this.#disk = disk
    this.#log = log
    this.#violations = violations
  }

  /** The disk is a copy of another, as that was looked at last. */
  goOnFrom(other: DiskWatch): void {
    this.#isCopied = true
    other.#isCopied = true
    for (const id of other.#confirmed) this.#confirmed.add(id)
    for (const id of other.#confirmedEvents) this.#confirmedEvents.add(id)
    for (const [stream, version] of other.#versions) this.#versions.set(stream, version)
    for (const id of other.#lost) this.#lost.add(id)
    for (const [id, basis] of other.bases) this.bases.set(id, basis)
    this.#repaired.goOnFrom(other.#repaired)
    this.#looked.push(...other.#looked)
    this.#head = other.#head
    this.#commits = other.#commits
  }

  /** A record was lost or damaged. It was looked at before, and what is put in its place is compared in the end. */
  lose({ commits }: StoredSegment): void {
    for (const id of commits.ids) this.#lost.add(id)
  }

  /** A meta record of before lies there again. */
  putBack(meta: MetaRecord): void {
    this.#meta = structuredClone(meta)
  }

  /** @param tab that committed */
  look(tab = ''): void {
    const meta = this.#disk.tables.meta.records.get('log')
    if (meta === undefined) return
    const isSetBack = openTurnOf(meta) !== undefined || this.#lost.size === 0
    if (isSetBack) this.#cutOff(this.#disk.confirmed.keys.last ?? 0)
    this.#isForked = this.#isCopied || this.#log.hasTwins || meta.forks !== undefined
    this.#epoch = openTurnOf(meta)?.from ?? meta.authority.slice('server:'.length)
    let hasStrangers = false
    for (const key of this.#disk.confirmed.keys.inRange({ after: this.#head })) {
      const segment = this.#disk.confirmed.records.get(key)
      if (segment !== undefined) this.#lookAtSegment(segment)
      if (segment?.commits.ids.some((id) => !this.#places.has(id)) === true) hasStrangers = true
    }
    if (hasStrangers && this.#disk.tables.pending.records.size > 0) this.#listeners.onDrama?.('rebase')
    const isTurning = openTurnOf(meta) !== undefined
    this.#check(isTurning || (meta.cursor?.position ?? 0) === this.#head, 'cursor-at-head', () => {
      return `cursor ${meta.cursor?.position}, confirmed up to ${this.#head}`
    })
    for (const problem of this.#repaired.look(this.#disk, this.#log.commitsOf(this.#epoch)))
      this.#check(false, 'repaired', () => problem)
    const before = this.#places
    this.#places = this.#lookAtPlaces()
    for (const id of before.keys()) {
      this.#check(this.#places.has(id) || this.#confirmed.has(id), 'nothing-lost', () => `commit ${id} is gone`)
    }
    this.#lookAtMeta(meta, before)
    this.#lookAtLeader(meta, tab)
    this.#meta = meta
  }

  /** The log was set back, by a restore: what lay above is confirmed no more. */
  #cutOff(head: number): void {
    while (this.#head > head) {
      const gone = this.#looked.pop()
      if (gone === undefined) break
      this.#commits--
      this.#confirmed.delete(gone.id)
      for (const { id, stream } of gone.events) {
        this.#confirmedEvents.delete(id)
        this.#versions.set(stream, (this.#versions.get(stream) ?? 0) - 1)
      }
      this.#head = gone.first - 1
    }
  }

  #lookAtSegment(stored: StoredSegment): void {
    const [segment] = openPlain([stored]) ?? []
    this.#check(segment !== undefined, 'one-order', () => `segment ${stored.last} cannot be read as it appears`)
    if (segment === undefined) return
    this.#check(segment.first === this.#head + 1, 'one-order', () => `after ${this.#head} comes ${segment.first}`)
    const all = unpackEvents(segment.events)
    for (const { id, offset, count, device, seq } of unpackCommits(segment.commits)) {
      this.#looked.push({ id, first: segment.first + offset, events: all.slice(offset, offset + count) })
      this.#check(!this.#confirmed.has(id), 'exactly-once', () => `commit ${id} is confirmed twice`)
      this.#confirmed.add(id)
      const accepted = this.#log.commitsOf(this.#epoch)[this.#commits++]
      const isSame =
        accepted?.id === id &&
        accepted.position === segment.first + offset &&
        (this.#isForked || (accepted.device === device && accepted.seq === seq)) &&
        accepted.events.length === count &&
        accepted.events.every(({ text }, index) => text === eventText(segment.events, offset + index))
      this.#check(
        isSame,
        'one-order',
        () => `commit ${id} is not the server's number ${this.#commits}, ${accepted?.id}`,
      )
    }
    for (const { id } of all) {
      this.#check(!this.#confirmedEvents.has(id), 'exactly-once', () => `event ${id} is confirmed twice`)
      this.#confirmedEvents.add(id)
    }
    // What comes behind a loss counts what can still be read, until that is here again: in the end all are counted.
    if (this.#lost.size === 0) this.#lookAtVersions(segment)
    this.#head = segment.last
  }

  #lookAtVersions({ events, streamVersions, last }: ConfirmedSegment): void {
    for (const index of events.streamOf) {
      const stream = events.streams[index] ?? ''
      this.#versions.set(stream, (this.#versions.get(stream) ?? 0) + 1)
    }
    for (const [index, stream] of events.streams.entries()) {
      this.#check(streamVersions[index] === this.#versions.get(stream), 'stream-versions', () => {
        return `segment ${last} says ${stream} is at ${streamVersions[index]}, it is at ${this.#versions.get(stream)}`
      })
    }
  }

  #lookAtPlaces(): Map<string, Place> {
    const places = new Map<string, Place>()
    const put = (id: string, place: Place): void => {
      const other = places.get(id)
      this.#check(other === undefined, 'one-place', () => `commit ${id} is ${other} and ${place}`)
      places.set(id, place)
      this.#check(
        !this.#confirmed.has(id) || this.#lost.has(id),
        'never-again',
        () => `commit ${id} is confirmed and ${place}`,
      )
    }
    const { pending, deadLetters, discarded } = this.#disk.tables
    for (const record of pending.records.values()) {
      put(record.id, 'pending')
      this.#lookAtPending(record)
    }
    // What a handler failed at is confirmed or pending besides.
    for (const [id, { kind }] of deadLetters.records) if (kind !== 'handler') put(id, 'dead letter')
    for (const id of discarded.records.keys()) put(id, 'discarded')
    return places
  }

  #lookAtPending(record: PendingRecord): void {
    this.#listeners.onPending?.(record)
    this.#lookForDrama(record)
    if (Object.keys(record.expected).length > 0) this.bases.set(record.id, record.basis)
    else this.bases.delete(record.id)
    const seq = `${record.device}/${record.seq}`
    const sameSeq = this.#seqs.get(seq)
    if (record.formerly === undefined) this.#seqs.set(seq, record.id)
    // What comes back after a restore may be of the time before the id was another's.
    const isFresh = record.formerly === undefined
    this.#check(!isFresh || sameSeq === undefined || sameSeq === record.id, 'counters', () => {
      return `seq ${seq} was given to ${sameSeq} and ${record.id}`
    })
    const sameOrder = this.#orders.get(record.order)
    this.#orders.set(record.order, record.id)
    const isInherited = sameOrder !== undefined && record.replaces.includes(sameOrder)
    this.#check(sameOrder === undefined || sameOrder === record.id || isInherited, 'counters', () => {
      return `order ${record.order} was given to ${sameOrder} and ${record.id}`
    })
  }

  #lookForDrama({ id, basis, command, redecided = 0 }: PendingRecord): void {
    if (this.#seen.has(id)) return
    const { deadLetters } = this.#disk.tables
    const isHeld =
      command === undefined &&
      Object.values(basis).some(({ behind }) => behind.some((each) => deadLetters.records.has(each.id)))
    if (!isHeld && redecided === 0) return
    this.#seen.add(id)
    this.#listeners.onDrama?.(isHeld ? 'hold' : 're-decision')
  }

  #lookAtMeta(meta: MetaRecord, before: ReadonlyMap<string, Place>): void {
    const old = this.#meta
    if (old === undefined) return
    const grows =
      meta.generation >= old.generation &&
      meta.nextSeq >= old.nextSeq &&
      meta.nextOrder >= old.nextOrder &&
      meta.term >= old.term &&
      ((meta.cursor?.position ?? 0) >= (old.cursor?.position ?? 0) || meta.turns !== undefined) &&
      (meta.device === old.device || meta.forks?.at(-1)?.to === meta.device)
    this.#check(grows, 'counters', () => `meta went back from ${JSON.stringify(old)} to ${JSON.stringify(meta)}`)
    const isDisturbed = [...before].some(([id, place]) => place !== 'discarded' && this.#places.get(id) !== place)
    this.#check(!isDisturbed || meta.generation > old.generation, 'counters', () => {
      return `a commit was moved in generation ${meta.generation}, and it was not raised`
    })
  }

  /** Nothing but an answer that is applied writes when that was. */
  #lookAtLeader(meta: MetaRecord, tab: string): void {
    if (this.#meta === undefined || meta.term > this.#meta.term) this.#leader = tab
    const isApplied = this.#meta !== undefined && meta.lastSuccessAt !== this.#meta.lastSuccessAt
    this.#check(!isApplied || tab === this.#leader, 'one-leader', () => {
      return `${tab} applied an answer in term ${meta.term}, which is that of ${this.#leader}`
    })
  }

  #check(holds: boolean, invariant: Parameters<Violations['check']>[1], detail: () => string): void {
    this.#violations.check(holds, invariant, () => `${this.#name}: ${detail()}`)
  }
}
