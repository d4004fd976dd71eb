import type { HandlerOutcome } from './handler-spec.ts'

/** Of a run that nobody waits for any more: it does not count. */
export const ENDED: HandlerOutcome = { ok: false, code: 'aborted', message: 'It was ended', retryable: true }

/** Of a run that ended its tab. */
export const CRASHED: Extract<HandlerOutcome, { ok: false }> = {
  ok: false,
  code: 'handler-crashed',
  message: 'The tab ended while it ran, each time that it was tried',
  retryable: true,
}
