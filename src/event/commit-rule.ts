import type { DomainEvent } from './recorded-event.ts'

/** Why a server refuses a commit. The device keeps the commit as a dead letter under this code. */
export interface Refusal {
  /** Stable, kebab-case; programs decide by it. */
  readonly code: string
  /** For the person whose commit it is: what is wrong and what to do. Holds nothing of the payload. */
  readonly message: string
  /** True: the device tries again by itself, with backoff. Default false: it waits for a person. */
  readonly retryable?: boolean
}

/** A commit as rules see it: events in their current schema version, checked against their schemas. */
export interface CommitToJudge {
  readonly id: string
  /** The device that made it. */
  readonly device: string
  readonly seq: number
  readonly events: readonly DomainEvent[]
}

export interface RuleContext {
  /** From the verified token, never from the request. */
  readonly account: string
  /** The server's clock, in ms since 1970. */
  readonly now: number
  /**
   * The accepted events of one of the account's streams, oldest first, in their current schema version; what today's definitions
   * cannot read is left out. Sees the commits that were accepted earlier in the same exchange.
   */
  readonly read: (stream: string, options?: ReadStreamOptions) => Promise<readonly DomainEvent[]>
}

export interface ReadStreamOptions {
  /** Only events above this stream version. Default 0. */
  afterVersion?: number
  /** Default and most: 1,000 events. */
  limit?: number
}

/**
 * A rule of the business that only a server can hold. It answers a refusal, or nothing. It runs under the account's lock, so what it reads
 * cannot change before the commit is stored; it should therefore be quick. One that throws refuses for now: the device tries again.
 */
export type CommitRule = (
  commit: CommitToJudge,
  context: RuleContext,
) => Refusal | undefined | Promise<Refusal | undefined>
