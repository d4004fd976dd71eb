import type { RecordedEvent } from '../event/recorded-event.ts'

/** What the engine has to know of a durable handler; its function stays where it was registered. */
export interface HandlerSpec {
  /** Under which its progress is kept. */
  readonly name: string
  readonly types: readonly string[]
  /** Streams worked on at a time. */
  readonly concurrency: number
  /** How often an event is tried before it becomes a dead letter. */
  readonly attempts: number
  readonly when: 'confirmed' | 'stored'
  readonly from: 'now' | 'start'
  readonly scope: 'origin' | 'every-device'
  readonly timeoutMs: number | undefined
}

/** One call of the function: an event as today's definitions read it, which may be several. */
export interface HandlerJob {
  /** Id of the event as it was written: what the function appends is derived from it. */
  readonly eventId: string
  readonly events: readonly RecordedEvent[]
  /** From 1. */
  readonly attempt: number
}

/** How a run ended. */
export type HandlerOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly retryable: boolean }

/** Runs the function; resolves when it has ended. It is told when `signal` aborts, and may not heed it. */
export type RunHandler = (job: HandlerJob, signal: AbortSignal) => Promise<HandlerOutcome>
