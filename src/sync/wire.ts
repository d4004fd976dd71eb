/**
 * The messages of the sync protocol, version 1, shared by client and server. Unknown fields are ignored, so that a newer peer can add some;
 * a missing or malformed field is refused. Bodies of events travel as they were written.
 *
 * A message's schema is made when the first one is checked: a worker loads this module whenever the app is opened, mostly to send nothing yet.
 */
import * as z from 'zod/mini'
import { EVENT_LIMITS } from '../event/limits.ts'

export const PROTOCOL_VERSION = 1

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const id = z.string().check(z.regex(UUID))
const text = z.string().check(z.minLength(1), z.maxLength(256))
const count = z.int().check(z.nonnegative())
const positive = z.int().check(z.positive())
const streamName = z.string().check(z.regex(/^[A-Za-z0-9._:-]{1,128}$/))

export const wireEvent = z.lazy(() =>
  z.object({
    id,
    type: z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9._-]{0,127}$/)),
    version: positive,
    stream: streamName,
    time: z.iso.datetime(),
    data: z.unknown(),
    metadata: z.record(z.string(), z.unknown()),
  }),
)

export const wireCursor = z.object({ epoch: text, position: count, mark: z.string().check(z.maxLength(256)) })

const expectation = z.union([count, z.literal('streamExists')])

export const wireCommit = z.lazy(() =>
  z.object({
    id,
    seq: positive,
    /** The device that made it, where that is not the one that sends it. */
    device: z.optional(id),
    /** Every earlier id of the commit's line. */
    replaces: z.optional(z.array(id)),
    /** Only streams with a strict expectation: the version of the stream on the server before this commit. */
    expected: z.optional(z.record(streamName, expectation)),
    events: z.array(wireEvent).check(z.minLength(1), z.maxLength(EVENT_LIMITS.commitEvents)),
  }),
)

export const exchangeRequest = z.lazy(() =>
  z.object({
    protocol: z.literal(PROTOCOL_VERSION),
    domain: text,
    device: id,
    /** Most events that the client wants back; each page carries at least one whole commit. */
    limit: positive,
    /** Whether own commits of this request may come back without their bodies. */
    echo: z.boolean(),
    cursor: z.nullable(wireCursor),
    commits: z.array(wireCommit),
    /** Commits that were discarded on the device. */
    withdraw: z.array(id),
    marks: z.optional(z.array(z.object({ position: count, mark: z.string() }))),
  }),
)

export const wireVerdict = z.lazy(() =>
  z.discriminatedUnion('status', [
    z.object({ id, status: z.literal('accepted'), position: positive }),
    z.object({ id, status: z.literal('duplicate'), position: positive }),
    z.object({
      id,
      status: z.literal('rejected'),
      code: text,
      message: z.string(),
      retryable: z.boolean(),
      /** With `already-accepted`: where the earlier commit of the line lies. */
      position: z.optional(positive),
    }),
    z.object({ id, status: z.literal('held'), behind: id }),
    z.object({ id, status: z.literal('deferred'), code: text }),
    z.object({ id, status: z.literal('withdrawn') }),
  ]),
)

const pulledHead = { id, device: id, seq: positive, position: positive, receivedAt: z.iso.datetime() }

export const wirePulledCommit = z.lazy(() =>
  z.union([
    z.object({ ...pulledHead, events: z.array(wireEvent).check(z.minLength(1)) }),
    z.object({ ...pulledHead, echo: z.literal(true) }),
  ]),
)

export const exchangeResponse = z.lazy(() =>
  z.object({
    protocol: z.literal(PROTOCOL_VERSION),
    domain: text,
    /** Position of the newest event on the server. */
    head: count,
    /** Most commits and bytes (before compression) that one request may carry. */
    limits: z.object({ commits: positive, bytes: positive }),
    verdicts: z.array(wireVerdict),
    commits: z.array(wirePulledCommit),
    cursor: wireCursor,
    /** Whether there is more to pull. */
    more: z.boolean(),
  }),
)

/** The body of every answer that is not 200. */
export const wireProblem = z.lazy(() =>
  z.object({
    code: text,
    message: z.string(),
    known: z.optional(z.nullable(wireCursor)),
  }),
)

/** A commit that waits for a person on the device that reports it. */
export const reportedDeadLetter = z.lazy(() =>
  z.object({
    id,
    code: text,
    attempts: count,
    since: z.iso.datetime(),
    events: z.optional(z.array(wireEvent)),
  }),
)

export const deadLetterReport = z.lazy(() =>
  z.object({
    protocol: z.literal(PROTOCOL_VERSION),
    device: id,
    deadLetters: z.array(reportedDeadLetter),
  }),
)

/** What a poke says: the server's log has reached this head. */
export const livePoke = z.lazy(() => z.object({ epoch: text, head: count }))

export type WireEvent = z.infer<typeof wireEvent>
export type WireCursor = z.infer<typeof wireCursor>
export type WireCommit = z.infer<typeof wireCommit>
export type ExchangeRequest = z.infer<typeof exchangeRequest>
export type WireVerdict = z.infer<typeof wireVerdict>
export type WirePulledCommit = z.infer<typeof wirePulledCommit>
export type ExchangeResponse = z.infer<typeof exchangeResponse>
export type WireProblem = z.infer<typeof wireProblem>
export type DeadLetterReport = z.infer<typeof deadLetterReport>
