/**
 * When to exchange, as a function from values to values: `(state, input) → state`. The driver asks {@link nextStep} what to do, does it,
 * and says how it went. Invariants:
 * 1. At most one exchange is in flight.
 * 2. After a failure nothing is sent before `notBefore`, unless a person asks for it. What shows that the server can be reached again, or that somebody
 *    looks, ends the wait too, but not before the time that the server itself asked for.
 * 3. A pause is left only by what ends it: `resume`, a new token, an update. Nothing that is stored is touched by a pause. One that the server may never have
 *    asked for, as its answer was not in the server's words, is also left when the network or the page comes back.
 * 4. Whatever is wanted while an exchange is in flight is done after it: no trigger is lost.
 * 5. Who resumes while an exchange is in flight is not paused by how that ends: what it found may be over. It is tried once more.
 * 6. No wait is longer than it was when it began, however the clock is set back meanwhile.
 */

import type { Problem } from './answer.ts'
import { backoffMs } from './backoff.ts'

export type PauseReason = 'told' | 'auth-required' | 'forbidden' | 'update-required'

export interface SyncState {
  readonly inFlight: boolean
  /** Something may have to be sent or pulled. */
  readonly wanted: boolean
  /** Do not wait for `notBefore`. */
  readonly urgent: boolean
  /** The network, or the page, came back while the exchange was in flight: do not wait for more than `askedUntil` after it. */
  readonly hurried: boolean
  readonly paused: PauseReason | undefined
  /** Somebody resumed while the exchange was in flight. */
  readonly resumed: boolean
  /** Failures in a row. */
  readonly attempt: number
  /** ms since 1970: when the last of them was; 0 if there is none. */
  readonly failedAt: number
  /** ms since 1970. */
  readonly notBefore: number
  /** ms since 1970: the part of the wait that the server asked for; `notBefore` is no earlier. 0 where it did not. */
  readonly askedUntil: number
  readonly problem: (Problem & { readonly kind: 'offline' | 'later' }) | undefined
  readonly lastSuccessAt: number | undefined
}

export type SyncInput =
  | { readonly type: 'trigger' }
  /** The network came back, or the page became visible: do not wait any longer than the server asked for. */
  | { readonly type: 'hurry' }
  /** A person asked: do not wait any longer. */
  | { readonly type: 'asked' }
  /** The server was heard on another way: what failed may go well now. */
  | { readonly type: 'reachable' }
  | { readonly type: 'started' }
  | { readonly type: 'succeeded'; readonly now: number; readonly more: boolean }
  | {
      readonly type: 'failed'
      readonly kind: 'offline' | 'later'
      readonly problem: Problem
      readonly now: number
      readonly random: number
      readonly retryAfterMs: number
    }
  /** The answer came too late to count: another tab leads, or the log has moved. */
  | { readonly type: 'discarded' }
  | { readonly type: 'pause'; readonly reason: PauseReason; readonly problem: Problem | undefined }
  | { readonly type: 'resume' }

export type NextStep =
  | { readonly do: 'exchange' }
  | { readonly do: 'wait'; readonly until: number }
  | { readonly do: 'nothing' }

export function initialSyncState(stored: {
  attempt: number
  failedAt: number
  nextAttemptAt: number
  askedUntil?: number
  lastSuccessAt: number | undefined
  paused?: boolean
}): SyncState {
  return {
    inFlight: false,
    wanted: true,
    urgent: false,
    hurried: false,
    paused: stored.paused === true ? 'told' : undefined,
    resumed: false,
    attempt: stored.attempt,
    failedAt: stored.failedAt,
    notBefore: stored.nextAttemptAt,
    // A success leaves it as it was.
    askedUntil: stored.attempt === 0 ? 0 : (stored.askedUntil ?? 0),
    problem: undefined,
    lastSuccessAt: stored.lastSuccessAt,
  }
}

export function advanceSync(state: SyncState, input: SyncInput): SyncState {
  switch (input.type) {
    case 'trigger':
      return { ...state, wanted: true }
    case 'hurry':
      if (isByAStranger(state)) return { ...state, paused: undefined, wanted: true, urgent: true, problem: undefined }
      // How the one in flight ends says nothing of how it is from now on.
      return state.inFlight
        ? { ...state, wanted: true, hurried: true }
        : { ...state, wanted: true, notBefore: state.askedUntil }
    case 'asked':
      return { ...state, wanted: true, urgent: true }
    case 'reachable':
      return state.attempt === 0 ? state : { ...state, wanted: true, notBefore: state.askedUntil }
    case 'started':
      return { ...state, inFlight: true, wanted: false, urgent: false, hurried: false, resumed: false }
    case 'succeeded':
      return {
        ...state,
        inFlight: false,
        wanted: state.wanted || input.more,
        attempt: 0,
        failedAt: 0,
        notBefore: 0,
        askedUntil: 0,
        problem: undefined,
        lastSuccessAt: input.now,
      }
    case 'failed': {
      const attempt = state.attempt + 1
      const notBefore = input.now + backoffMs(attempt, input.random, input.retryAfterMs)
      return {
        ...state,
        inFlight: false,
        wanted: true,
        attempt,
        failedAt: input.now,
        notBefore,
        askedUntil: input.now + backoffMs(attempt, 0, input.retryAfterMs),
        problem: { ...input.problem, kind: input.kind },
      }
    }
    case 'discarded':
      return { ...state, inFlight: false, wanted: true }
    case 'pause':
      if (state.resumed && input.reason !== 'told')
        return { ...state, inFlight: false, wanted: true, urgent: true, resumed: false }
      return {
        ...state,
        // What was told to pause from outside still has to hear how its exchange went.
        inFlight: state.inFlight && input.reason === 'told',
        wanted: true,
        paused: input.reason,
        resumed: false,
        problem: input.problem && { ...input.problem, kind: 'later' },
      }
    case 'resume':
      return { ...state, paused: undefined, resumed: state.inFlight, wanted: true, urgent: true, problem: undefined }
  }
}

/** What says no to everybody, such as a proxy, does so with a status and a page of its own. */
function isByAStranger({ paused, problem }: SyncState): boolean {
  return paused !== undefined && paused !== 'told' && problem?.code.startsWith('status-') === true
}

/** The same state by a clock that was set back: what was waited for before counts as not waited, and the wait starts again. */
export function followClock(state: SyncState, now: number): SyncState {
  if (now >= state.failedAt) return state
  const moved = (time: number): number => now + (time - state.failedAt)
  return { ...state, failedAt: now, notBefore: moved(state.notBefore), askedUntil: moved(state.askedUntil) }
}

export function nextStep(state: SyncState, now: number): NextStep {
  if (state.inFlight || state.paused !== undefined || !state.wanted) return { do: 'nothing' }
  const until = state.hurried ? state.askedUntil : state.notBefore
  return state.urgent || now >= until ? { do: 'exchange' } : { do: 'wait', until }
}
