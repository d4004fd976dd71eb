import type {
  CommitLetterRecord,
  ConfirmedSegment,
  DiscardedRecord,
  HandlerLetterRecord,
  HandlerRecord,
  MetaRecord,
  PendingRecord,
  QuarantineRecord,
} from '../../store/records.ts'

/** Records that look like those of a log, with what a test wants to see in them. */

export function sampleMeta(changes: Partial<MetaRecord> = {}): MetaRecord {
  return {
    key: 'log',
    layout: 1,
    authority: 'server:epoch-1',
    device: '018f3f5e-0000-7000-8000-000000000001',
    cursor: { epoch: 'epoch-1', position: 12, mark: 'mark-12' },
    generation: 3,
    nextSeq: 1,
    nextOrder: 1,
    lowOrder: 1,
    term: 0,
    serverDomain: undefined,
    attempt: 0,
    failedAt: 0,
    nextAttemptAt: 0,
    lastSuccessAt: undefined,
    ...changes,
  }
}

export interface SampleSegment {
  readonly streams?: readonly string[]
  readonly types?: readonly string[]
  readonly commitIds?: readonly string[]
  readonly body?: string
}

/** A segment of one event for each stream, in one commit for each id. */
export function sampleSegment(last: number, sample: SampleSegment = {}): ConfirmedSegment {
  const { streams = ['user-1'], types = ['MealLogged'], commitIds = [`commit-${last}`], body = '{"id":"e"}' } = sample
  const { length } = streams
  return {
    first: last - length + 1,
    last,
    events: {
      body,
      offsets: Uint32Array.from({ length }, (_, index) => index * 11),
      streams,
      streamOf: Uint32Array.from({ length }, (_, index) => index),
      types,
      typeOf: new Uint32Array(length),
      minTime: 1_700_000_000_000,
      maxTime: 1_700_000_000_500,
    },
    commits: {
      ids: commitIds,
      devices: ['device-1'],
      deviceOf: new Uint32Array(commitIds.length),
      seqs: Float64Array.from(commitIds, (_, index) => 2 ** 40 + index),
      counts: new Uint32Array(commitIds.length).fill(1),
      receivedAt: new Float64Array(commitIds.length).fill(Number.NaN),
    },
    streamVersions: Uint32Array.from({ length }, (_, index) => index + 4_000_000_000),
  }
}

export function samplePending(order: number, changes: Partial<PendingRecord> = {}): PendingRecord {
  const { events } = sampleSegment(1)
  return {
    id: `commit-${order}`,
    device: 'device-1',
    seq: 7,
    count: 1,
    order,
    madeAt: 1_700_000_000_000,
    events,
    expected: { 'user-1': 41 },
    basis: { 'user-1': { confirmed: 40, behind: [{ id: 'commit-0', count: 1 }] } },
    replaces: [],
    verdict: undefined,
    attempts: 0,
    ...changes,
  }
}

export function sampleDeadLetter(id: string): CommitLetterRecord {
  return {
    id,
    kind: 'commit',
    code: 'calories-implausible',
    message: 'That is more than anyone eats',
    retryable: false,
    attempts: 1,
    since: 1_700_000_000_000,
    nextAttemptAt: undefined,
    commit: samplePending(1, { id }),
  }
}

export function sampleHandlerLetter(id: string): HandlerLetterRecord {
  const { events } = sampleSegment(1)
  return {
    id,
    kind: 'handler',
    code: 'handler-failed',
    message: 'The coach did not answer',
    retryable: true,
    attempts: 3,
    since: 1_700_000_000_000,
    nextAttemptAt: 1_700_000_060_000,
    tries: 1,
    handler: 'coach',
    commitId: 'commit-1',
    position: 12,
    events,
  }
}

export function sampleHandler(name: string): HandlerRecord {
  return {
    name,
    term: 4,
    cursor: '[1,"epoch-1","device-1",12,7,[3]]',
    finished: ['event-14', 'event-13'],
    failing: [{ id: 'event-15', attempts: 2, failedAt: 1_700_000_000_000, nextAttemptAt: 1_700_000_060_000 }],
    awaitsPull: false,
  }
}

/** A note of a segment that ended at `key`, with what was left of it. */
export function sampleNote(key: number, record: unknown, changes: Partial<QuarantineRecord> = {}): QuarantineRecord {
  const why = { reason: 'the checksum does not match', at: 1_700_000_000_000 }
  const range = { first: key, last: key }
  return { id: `confirmed:${key}`, table: 'confirmed', key, ...why, range, repairedAt: undefined, record, ...changes }
}

export function sampleDiscarded(id: string): DiscardedRecord {
  return { id, why: 'discarded', note: '', at: 1_700_000_000_000, withdraw: [id], commit: samplePending(1, { id }) }
}
