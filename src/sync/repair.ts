import { countOf, type PackedEvents } from '../event/packed-events.ts'
import { damageOf, toStored } from '../store/check-segment.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Cursor, QuarantineRecord, StoredSegment } from '../store/records.ts'
import { restateVersions, segmentsToRestate, versionsBefore } from '../store/restate-versions.ts'
import { buildSegment, type CommitRun } from '../store/segment.ts'
import { type Damage, quarantineId } from '../store/segment-reader.ts'
import type { Answer } from './answer.ts'
import { packPulled } from './apply-response.ts'
import { PULL_LIMIT } from './build-request.ts'
import { type ExchangeResponse, PROTOCOL_VERSION } from './wire.ts'

export interface RepairOptions {
  readonly store: EventStore
  readonly domain: string
  /** Asks the server, with a request that neither pushes nor withdraws. */
  readonly ask: (body: string) => Promise<Answer>
  /** Of the tab that leads: only it may write. */
  readonly term: number
  readonly now: number
}

/** Segments looked through at a time for a mark. */
const PAGE = 16

/**
 * Pulls a damaged range of the confirmed zone again, from the last cursor before it, and puts it in the place of what was damaged, which is
 * kept in quarantine. Answers whether it was replaced; if not, everything is as it was, and it may be tried again later.
 */
export async function repairDamage(damage: Damage, options: RepairOptions): Promise<boolean> {
  const { store } = options
  const { authority } = store.known.meta
  if (authority === 'local' || store.known.meta.cursor === null) return false
  const { damaged, first } = await store.read(async (tx) => {
    const [before] = await tx.read('confirmed', { upTo: damage.key - 1, limit: 1, direction: 'backward' })
    return { damaged: await tx.get('confirmed', damage.key), first: (before?.last ?? 0) + 1 }
  })
  if (damaged === undefined || (await store.damageIn(damaged)) === undefined) {
    await settle(damage, options)
    return false
  }
  const runs = await pullRange(first, damage.last, options)
  if (runs === undefined) return false
  const behind = await segmentsToRestate(store, damage.key, runs)
  const replaced = await store.transition(async (tx, { meta }) => {
    const isOurs = meta.term === options.term && meta.authority === authority
    if (!isOurs || !isSame(await tx.get('confirmed', damage.key), damaged)) return false
    // Merged away meanwhile: what lies there now has to be looked up again.
    for (const key of new Set(behind.flatMap((each) => each.keys)))
      if ((await tx.get('confirmed', key)) === undefined) return false
    const versions = await versionsBefore(tx, first, runs)
    const segment = buildSegment(first, runs, versions)
    await Promise.all([
      tx.put('quarantine', keptRecord(damage, damaged, options.now)),
      tx.put('confirmed', toStored(segment)),
      restateVersions(tx, versions, behind),
      tx.put('meta', { ...meta, generation: meta.generation + 1, repairs: (meta.repairs ?? 0) + 1 }),
    ])
    return true
  })
  if (replaced) store.damages.forget(damage.key)
  return replaced
}

/** It is sound after all, or merged into another segment: another tab has replaced it. */
async function settle({ key }: Damage, { store, now }: RepairOptions): Promise<void> {
  await store.transition(async (tx) => {
    const note = await tx.get('quarantine', quarantineId('confirmed', key))
    if (note !== undefined && note.repairedAt === undefined) await tx.put('quarantine', { ...note, repairedAt: now })
  })
  store.damages.forget(key)
}

/** Whether it is still what was found, whatever is wrong with it. */
function isSame(now: StoredSegment | undefined, then: StoredSegment): boolean {
  return (
    now !== undefined && now.first === then.first && now.checksum === then.checksum && damageOf(now) === damageOf(then)
  )
}

function keptRecord({ key, first, last, reason }: Damage, record: StoredSegment, now: number): QuarantineRecord {
  const id = quarantineId('confirmed', key)
  return { id, table: 'confirmed', key, reason, at: now, range: { first, last }, repairedAt: now, record }
}

/** The commits that lie exactly from `first` to `last`; undefined when the server does not give them. */
async function pullRange(first: number, last: number, options: RepairOptions): Promise<CommitRun[] | undefined> {
  const runs: CommitRun[] = []
  let cursor = await cursorBefore(options.store, first)
  let next = first
  while (next <= last) {
    const response = await page(cursor, options)
    if (response === undefined) return undefined
    for (const commit of response.commits) {
      if (!('events' in commit)) return undefined
      const events: PackedEvents = packPulled(commit.events)
      const count = countOf(events)
      if (commit.position + count - 1 < first || commit.position > last) continue
      if (commit.position !== next || next + count - 1 > last) return undefined
      const receivedAt = Date.parse(commit.receivedAt)
      runs.push({ commit: { id: commit.id, device: commit.device, seq: commit.seq, count, receivedAt }, events })
      next += count
    }
    if (response.cursor.position <= (cursor?.position ?? 0)) return undefined
    cursor = response.cursor
  }
  return runs
}

async function page(cursor: Cursor | null, options: RepairOptions): Promise<ExchangeResponse | undefined> {
  const { store, domain, ask } = options
  const { meta } = store.known
  const answer = await ask(
    JSON.stringify({
      protocol: PROTOCOL_VERSION,
      domain,
      device: meta.device,
      limit: PULL_LIMIT,
      echo: false,
      cursor,
      withdraw: [],
      commits: [],
    }),
  )
  const isOurs = answer.kind === 'verdicts' && answer.response.cursor.epoch === meta.cursor?.epoch
  return isOurs ? answer.response : undefined
}

/** The last cursor that the server gave at or before a position; null is the beginning of its log. */
async function cursorBefore(store: EventStore, first: number): Promise<Cursor | null> {
  const epoch = store.known.meta.cursor?.epoch
  if (epoch === undefined) return null
  let upTo = first - 1
  while (upTo > 0) {
    const segments = await store.read((tx) => tx.read('confirmed', { upTo, limit: PAGE, direction: 'backward' }))
    for (const segment of segments) {
      const mark = damageOf(segment) === undefined ? segment.marks?.at(-1) : undefined
      if (mark !== undefined) return { epoch, ...mark }
    }
    const lowest = segments.at(-1)?.last
    if (lowest === undefined) return null
    upTo = lowest - 1
  }
  return null
}
