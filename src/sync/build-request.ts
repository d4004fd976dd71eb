import { utf8Length } from '../event/check-text.ts'
import type { LogCache } from '../store/log-cache.ts'
import { type Cursor, countBehind, isAccepted, type PendingRecord, type SegmentMark } from '../store/records.ts'
import { PROTOCOL_VERSION } from './wire.ts'

/** Targets of one request; a single commit may be larger. */
export interface BatchLimits {
  readonly commits: number
  readonly events: number
  /** Of the whole request's JSON in UTF-8, before compression. */
  readonly bytes: number
  readonly withdrawals: number
}

export const BATCH_TARGETS: BatchLimits = { commits: 500, events: 500, bytes: 512 * 1024, withdrawals: 500 }
/** Most events that a page of other devices' commits should have. */
export const PULL_LIMIT = 500

/** What an exchange was made from: its answer counts only while this still holds. */
export interface ExchangeBasis {
  readonly authority: string
  readonly cursor: Cursor | null
  readonly term: number
  readonly device: string
}

export interface ExchangeDraft {
  readonly basis: ExchangeBasis
  readonly body: string
  readonly commitIds: readonly string[]
  readonly withdraw: readonly string[]
  /** Older places that it shows. */
  readonly marks: readonly SegmentMark[]
  /** Whether commits were left for the next exchange. */
  readonly more: boolean
}

/**
 * The commits of the outbox that can be sent now. One that expects a version waits while something that it stood on waits itself, or is a dead
 * letter: alone it could be taken for a follower of whatever a stranger wrote in between. One that is to be decided again waits for that: as it is, it
 * could only be refused.
 */
export function commitsToPush({ meta, pending, deadLetters }: OutboxView): readonly PendingRecord[] {
  const waiting = new Set(deadLetters.keys())
  return pending.records.filter((record) => {
    const { verdict } = record
    if (isAccepted(record)) return false
    const isDeferred = verdict?.status === 'deferred' && verdict.serverDomain === meta.serverDomain
    const isHeld = Object.values(record.basis).some(({ behind }) => behind.some(({ id }) => waiting.has(id)))
    if (!isDeferred && !isHeld && !pending.toDecide.has(record.id)) return true
    waiting.add(record.id)
    return false
  })
}

type OutboxView = Pick<LogCache, 'meta' | 'pending' | 'deadLetters'>

/** Makes a request of the outbox as it is now. The events go out as the text that is stored: they are never parsed here. */
export function buildRequest(
  cache: OutboxView,
  withdraw: readonly string[],
  options: { domain: string; echo: boolean; limits: BatchLimits; marks?: readonly SegmentMark[] },
): ExchangeDraft {
  const { meta } = cache
  const { marks = [] } = options
  const waiting = commitsToPush(cache)
  const head = JSON.stringify({
    protocol: PROTOCOL_VERSION,
    domain: options.domain,
    device: meta.device,
    limit: PULL_LIMIT,
    echo: options.echo,
    cursor: meta.cursor,
    withdraw,
    ...(options.marks === undefined ? {} : { marks }),
  })
  const texts = takeBatch(waiting, options.limits, { device: meta.device, bytes: utf8Length(head) + FRAME_BYTES })
  const batch = waiting.slice(0, texts.length)
  return {
    basis: { authority: meta.authority, cursor: meta.cursor, term: meta.term, device: meta.device },
    body: `${head.slice(0, -1)},"commits":[${texts.join(',')}]}`,
    commitIds: batch.map(({ id }) => id),
    withdraw,
    marks,
    more: batch.length < waiting.length,
  }
}

/** `,"commits":[]` around the commits. */
const FRAME_BYTES = 13

/** As many of those that wait as fit, from the first on, each as it goes out. */
function takeBatch(
  waiting: readonly PendingRecord[],
  limits: BatchLimits,
  request: { readonly device: string; readonly bytes: number },
): readonly string[] {
  const texts: string[] = []
  let events = 0
  let { bytes } = request
  for (const record of waiting) {
    if (texts.length >= limits.commits) break
    const text = commitJson(record, request.device)
    events += record.count
    // With the comma.
    bytes += utf8Length(text) + 1
    if (texts.length > 0 && (events > limits.events || bytes > limits.bytes)) break
    texts.push(text)
  }
  return texts
}

function commitJson(record: PendingRecord, device: string): string {
  const expected = wireExpectations(record)
  const head = JSON.stringify({
    id: record.id,
    seq: record.seq,
    ...(record.device === device ? {} : { device: record.device }),
    ...(record.replaces.length === 0 ? {} : { replaces: record.replaces }),
    ...(expected === undefined ? {} : { expected }),
  })
  return `${head.slice(0, -1)},"events":[${record.events.body}]}`
}

/**
 * The version that the stream has on the server just before the commit, if nobody else wrote to it: what was confirmed when the commit was
 * made, and the own commits that it was put behind. It does not change when those are confirmed.
 */
function wireExpectations(record: PendingRecord): Record<string, number | 'streamExists'> | undefined {
  const entries = Object.entries(record.expected)
  if (entries.length === 0) return undefined
  return Object.fromEntries(
    entries.map(([stream, expected]): [string, number | 'streamExists'] => {
      if (expected === 'streamExists') return [stream, expected]
      const basis = record.basis[stream]
      return [stream, basis === undefined ? 0 : basis.confirmed + countBehind(basis)]
    }),
  )
}
