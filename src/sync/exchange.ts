import { refusePending } from '../dead-letter/dead-letter-actions.ts'
import { isLarderError } from '../errors.ts'
import type { Clock, Ids, Random, Transport } from '../platform/ports.ts'
import { openTurnOf } from '../store/begin-turn.ts'
import type { CommitChange } from '../store/commit-fate.ts'
import type { EventStore } from '../store/event-store.ts'
import { Mutex } from '../store/mutex.ts'
import type { MetaRecord } from '../store/records.ts'
import { turnBack } from '../store/turn-back.ts'
import { type Answer, type Problem, readAnswer, unreachable, withoutToken } from './answer.ts'
import { applyResponse } from './apply-response.ts'
import {
  type BatchSize,
  FULL_BATCH,
  limitsOf,
  ONE_BY_ONE,
  onAccepted,
  onRefused,
  onTooLarge,
  type ServerLimits,
} from './batch-size.ts'
import { beginRestore } from './begin-restore.ts'
import { buildRequest, type ExchangeDraft } from './build-request.ts'
import { forkDevice } from './fork-device.ts'
import { goOnIfBehind } from './go-on-if-behind.ts'
import { idsToWithdraw } from './ids-to-withdraw.ts'
import { repairAll } from './repair.ts'
import { marksToShow } from './restore-marks.ts'
import { stillHolds } from './still-holds.ts'
import { type TokenSource, TokenUnavailable } from './token-source.ts'
import { withDeadline } from './with-deadline.ts'

/** A request without an answer is given up after this. */
export const EXCHANGE_DEADLINE_MS = 30_000
/** Of the sort that is answered at once, in a row: a server that goes on asking for more of them is not understood. */
const MOST_FORKS = 3

export interface ExchangeOptions {
  readonly store: EventStore
  readonly transport: Transport
  readonly tokens: TokenSource
  readonly clock: Clock
  readonly ids: Ids
  readonly random: Random
  readonly domain: string
  readonly maxAttempts: number
}

/** How an exchange went. */
export type ExchangeOutcome =
  | { readonly kind: 'succeeded'; readonly more: boolean; readonly changes: readonly CommitChange[] }
  | {
      readonly kind: 'failed'
      readonly as: 'offline' | 'later'
      readonly problem: Problem
      readonly retryAfterMs: number
    }
  /** Nothing was applied; go again at once. */
  | { readonly kind: 'again' }
  /** Another tab leads. */
  | { readonly kind: 'deposed' }
  | {
      readonly kind: 'pause'
      readonly reason: 'auth-required' | 'forbidden' | 'update-required'
      readonly problem: Problem
    }

/** Push and pull in one round trip. Owns what one exchange leaves for the next: batch size, and whether echoes are understood. */
export class Exchange {
  readonly #options: ExchangeOptions
  readonly #requests = new Mutex()
  #size: BatchSize = FULL_BATCH
  /** What the server said last. */
  #serverLimits: ServerLimits | undefined
  #echo = true
  /** The generation at which no withdrawal was waiting. */
  #nothingToWithdraw: number | undefined
  #refreshedToken = false
  /** What the last request was sent with. */
  #sentToken: string | undefined
  /** The server has lost the place, and has to be shown others. */
  #showsMarks = false
  /** Device ids taken in a row. */
  #forks = 0

  constructor(options: ExchangeOptions) {
    this.#options = options
  }

  /** @param term of the tab that leads; a draft of another term is not sent */
  async run(term: number, signal: AbortSignal): Promise<ExchangeOutcome> {
    const draft = await this.#draft()
    if (draft.basis.term !== term) return { kind: 'deposed' }
    if (openTurnOf(this.#options.store.known.meta) !== undefined) return this.#turnBack(term, signal)
    if (await goOnIfBehind(this.#options.store, this.#options.ids)) return { kind: 'again' }
    const answer = await this.#ask(draft.body, signal)
    if (answer.kind !== 'unauthenticated') this.#refreshedToken = false
    switch (answer.kind) {
      case 'verdicts':
        return this.#apply(draft, answer.response)
      case 'offline':
        return { kind: 'failed', as: 'offline', problem: answer.problem, retryAfterMs: 0 }
      case 'later':
        return { kind: 'failed', as: 'later', problem: answer.problem, retryAfterMs: answer.retryAfterMs }
      case 'unauthenticated':
        return this.#unauthenticated(answer.problem)
      case 'signed-out':
        return { kind: 'pause', reason: 'auth-required', problem: answer.problem }
      case 'forbidden':
        return { kind: 'pause', reason: 'forbidden', problem: answer.problem }
      case 'update-required':
        return { kind: 'pause', reason: 'update-required', problem: answer.problem }
      case 'refused':
      case 'too-large':
        return this.#refused(draft, answer.kind, answer.problem)
      case 'diverged':
        return this.#diverged(draft, answer)
      case 'forked':
        return this.#forked(answer.problem, (meta) => stillHolds(meta, draft.basis))
    }
  }

  /**
   * Pulls again what was found damaged or missing; the answer says how many ranges were replaced.
   *
   * @param onChanges told what was confirmed by it that had not been so here
   */
  repair(term: number, signal: AbortSignal, onChanges: (changes: readonly CommitChange[]) => void): Promise<number> {
    const { store, domain, clock } = this.#options
    const ask = (body: string) => this.#ask(body, signal)
    return repairAll({ store, domain, ask, term, now: () => clock.now(), onChanges })
  }

  #draft(): Promise<ExchangeDraft> {
    return this.#options.store.read(async (tx, cache) => {
      const { domain } = this.#options
      if (this.#showsMarks) {
        const marks = await marksToShow(tx, cache.meta)
        return buildRequest(cache, [], {
          domain,
          echo: false,
          limits: { ...limitsOf(this.#size, this.#serverLimits), commits: 0 },
          marks,
        })
      }
      const { generation } = cache.meta
      const limits = limitsOf(this.#size, this.#serverLimits)
      const isAsked = this.#nothingToWithdraw !== generation
      const withdraw = isAsked ? await idsToWithdraw(tx, limits.withdrawals) : []
      if (isAsked && limits.withdrawals > 0 && withdraw.length === 0) this.#nothingToWithdraw = generation
      return buildRequest(cache, withdraw, { domain, echo: this.#echo, limits })
    })
  }

  /** One request at a time: a repair may be at work beside the next exchange. */
  #ask(body: string, signal: AbortSignal): Promise<Answer> {
    return this.#requests.run(() => this.#send(body, signal))
  }

  async #send(body: string, signal: AbortSignal): Promise<Answer> {
    const { clock, transport, tokens } = this.#options
    let hasToken = false
    try {
      const response = await withDeadline({ clock, deadlineMs: EXCHANGE_DEADLINE_MS, signal }, async (over) => {
        const token = await tokens.get(over)
        hasToken = true
        this.#sentToken = token
        return transport.post({ path: 'exchange', body, token, signal: over })
      })
      return readAnswer(response, clock.now())
    } catch (error) {
      if (isLarderError(error, 'auth-required'))
        return { kind: 'signed-out', problem: { code: error.code, message: error.message } }
      if (hasToken) return unreachable(error)
      return withoutToken(error instanceof TokenUnavailable ? error.cause : error)
    }
  }

  async #apply(
    draft: ExchangeDraft,
    response: Extract<Answer, { kind: 'verdicts' }>['response'],
  ): Promise<ExchangeOutcome> {
    const { store, clock, random, maxAttempts } = this.#options
    this.#showsMarks = false
    const isCopied = await this.#isOfACopy(response)
    if (isCopied) return this.#forked(COPIED, (meta) => stillHolds(meta, draft.basis))
    this.#forks = 0
    try {
      const result = await applyResponse(store, draft, response, {
        now: clock.now(),
        random: () => random.next(),
        maxAttempts,
      })
      if (result.applied === false) return { kind: 'again' }
      if (result.applied === 'echo-unknown') {
        if (!this.#echo) {
          const message = 'The server sent commits without their events, though it was asked for them'
          return { kind: 'failed', as: 'later', problem: { code: 'server-protocol', message }, retryAfterMs: 0 }
        }
        this.#echo = false
        return { kind: 'again' }
      }
      this.#echo = true
      this.#serverLimits = response.limits
      this.#size = onAccepted(this.#size)
      return { kind: 'succeeded', more: response.more || draft.more, changes: result.changes }
    } catch (error) {
      if (isLarderError(error))
        return { kind: 'failed', as: 'later', problem: { code: error.code, message: error.message }, retryAfterMs: 0 }
      throw error
    }
  }

  /** Goes on with moving back what the server's log does not hold, or the local store has to offer. */
  async #turnBack(term: number, signal: AbortSignal): Promise<ExchangeOutcome> {
    const { store, clock } = this.#options
    await turnBack(store, (meta) => meta.term === term && !signal.aborted, clock.now())
    return store.known.meta.term === term ? { kind: 'again' } : { kind: 'deposed' }
  }

  async #diverged(
    draft: ExchangeDraft,
    { known, problem }: Extract<Answer, { kind: 'diverged' }>,
  ): Promise<ExchangeOutcome> {
    if (known === undefined) {
      // Shown, and not looked at.
      if (this.#showsMarks) return { kind: 'failed', as: 'later', problem, retryAfterMs: 0 }
      this.#showsMarks = true
      return { kind: 'again' }
    }
    this.#showsMarks = false
    try {
      await beginRestore(this.#options.store, draft, known, this.#options.clock.now())
      return { kind: 'again' }
    } catch (error) {
      if (!isLarderError(error, 'server-protocol')) throw error
      return { kind: 'failed', as: 'later', problem: { code: error.code, message: error.message }, retryAfterMs: 0 }
    }
  }

  /** Takes another device id, and goes on at once. */
  async #forked(problem: Problem, mayGoOn: (meta: MetaRecord) => boolean): Promise<ExchangeOutcome> {
    this.#forks++
    if (this.#forks > MOST_FORKS) return { kind: 'failed', as: 'later', problem, retryAfterMs: 0 }
    const { store, ids } = this.#options
    await forkDevice(store, { device: ids.next(), mayGoOn, takesAll: this.#forks > 1 })
    return { kind: 'again' }
  }

  /** Commits of this device's id that are not known here: a copy of this installation has made them, or what it was copied from. */
  async #isOfACopy({ commits }: Extract<Answer, { kind: 'verdicts' }>['response']): Promise<boolean> {
    const { device } = this.#options.store.known.meta
    const own = commits.filter((commit) => commit.device === device && 'events' in commit)
    if (own.length === 0) return false
    return this.#options.store.read(async (tx, { pending, deadLetters }) => {
      for (const { id } of own) {
        if (pending.find(id) !== undefined || deadLetters.has(id)) continue
        if ((await tx.get('discarded', id)) === undefined) return true
      }
      return false
    })
  }

  async #unauthenticated(problem: Problem): Promise<ExchangeOutcome> {
    // Also where nothing can be done: whoever ends the pause wants a new token asked for.
    const mayHelp = this.#options.tokens.expire(this.#sentToken) && !this.#refreshedToken
    this.#refreshedToken = mayHelp
    return mayHelp ? { kind: 'again' } : { kind: 'pause', reason: 'auth-required', problem }
  }

  async #refused(draft: ExchangeDraft, kind: 'refused' | 'too-large', problem: Problem): Promise<ExchangeOutcome> {
    const carried = { commits: draft.commitIds.length, withdrawals: draft.withdraw.length }
    const verdict = kind === 'too-large' ? onTooLarge(this.#size, carried) : onRefused(this.#size, carried)
    if (verdict.blame === 'protocol') {
      this.#size = FULL_BATCH
      return {
        kind: 'failed',
        as: 'later',
        problem: { code: 'server-protocol', message: problem.message },
        retryAfterMs: 0,
      }
    }
    if (verdict.blame === 'nobody-yet') {
      this.#size = verdict.next
      return { kind: 'again' }
    }
    const [id = ''] = draft.commitIds
    const now = this.#options.clock.now()
    const code = kind === 'too-large' ? 'commit-too-large' : problem.code
    const isRefused = await this.#options.store.transition(async (tx, cache) => {
      if (!stillHolds(cache.meta, draft.basis)) return false
      return refusePending(tx, cache, id, { code, message: problem.message, now })
    })
    this.#size = kind === 'too-large' ? ONE_BY_ONE : FULL_BATCH
    // Another tab leads by now, or it was settled otherwise.
    if (!isRefused) return { kind: 'again' }
    return { kind: 'succeeded', more: true, changes: [{ commit: id, to: 'rejected', position: undefined }] }
  }
}

const COPIED: Problem = { code: 'device-forked', message: 'Another installation uses this device id' }
