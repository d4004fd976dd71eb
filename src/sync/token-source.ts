import { isLarderError, LarderError } from '../errors.ts'
import type { Clock } from '../platform/ports.ts'
import { sleep } from './sleep.ts'

/**
 * Gives a token for the server. Nothing (`undefined` or `''`), or a rejection with the code `auth-required`, says that the person has to sign in:
 * sync then pauses. Any other rejection says only that no token could be had now, as without a network: it is asked again by itself.
 */
export type Auth = () => Promise<string | undefined>

/** No token could be had now. Not exported by the package: it never leaves the engine. */
export class TokenUnavailable extends Error {
  override readonly name = 'TokenUnavailable'
}

/** The apps of the other tabs of this store. */
export interface OtherTabs {
  readonly clock: Clock
  /** A token that one of them gives, another than `refused`; undefined where none does. Never rejects. */
  readonly ask: (refused: string | undefined, signal: AbortSignal) => Promise<string | undefined>
}

/** So long the app of this tab has for itself before the others are asked too. */
export const OWN_APP_MS = 10_000

interface Question {
  readonly token: Promise<string>
  /** Nobody waits for the answer any more. */
  readonly end: AbortController
}

/**
 * Asks the app for a token once, and gives the same to every request until the server refuses it. An app that has none, cannot say, does not answer, or
 * has only what was refused may be one of several: then those of the other tabs are asked.
 */
export class TokenSource {
  readonly #auth: Auth | undefined
  readonly #others: OtherTabs | undefined
  #question: Question | undefined
  /** What the question was answered with. */
  #answered: string | undefined
  /** What the server did not take. */
  #refused: string | undefined

  /** @param auth undefined where the server needs no token */
  constructor(auth: Auth | undefined, others?: OtherTabs) {
    this.#auth = auth
    this.#others = others
  }

  /**
   * @throws LarderError `auth-required` when the app says that it has none
   * @throws TokenUnavailable when the app fails to say, or does not before `signal` aborts
   */
  async get(signal: AbortSignal): Promise<string | undefined> {
    if (this.#auth === undefined) return undefined
    const question = this.#question ?? this.#ask(this.#auth)
    this.#question = question
    try {
      return await unlessAborted(signal, question.token)
    } catch (cause) {
      // Whoever asks next asks the app: this question may never be answered.
      if (this.#question === question) this.#question = undefined
      question.end.abort()
      if (isLarderError(cause, 'auth-required')) throw cause
      throw new TokenUnavailable('auth() could not say now', { cause })
    }
  }

  /**
   * The server refused the token. Answers whether there may be another.
   *
   * @param refused leave out to have a new one asked for in any case; else only if it is still the one that is given
   */
  expire(refused?: string): boolean {
    if (refused === undefined || refused === this.#answered) {
      this.#refused = this.#answered
      this.#question = undefined
      this.#answered = undefined
    }
    return this.#auth !== undefined
  }

  #ask(auth: Auth): Question {
    const end = new AbortController()
    const own = askApp(auth)
    const token = this.#others === undefined ? own : this.#askAll(own, this.#others, end.signal)
    const question: Question = {
      end,
      token: token.then((answer) => {
        // One that was given up may be answered after the one in its place.
        if (this.#question === question) this.#answered = answer
        return answer
      }),
    }
    return question
  }

  async #askAll(own: Promise<string>, others: OtherTabs, signal: AbortSignal): Promise<string> {
    const refused = this.#refused
    const answered = new AbortController()
    const mine = own
      .catch(() => undefined)
      .finally(() => answered.abort())
      .then((token) => (token === refused ? undefined : token))
    await sleep(others.clock, OWN_APP_MS, AbortSignal.any([signal, answered.signal]))
    // Either is there by now, or it is late.
    const first = answered.signal.aborted ? await mine : undefined
    return first ?? (signal.aborted ? undefined : await others.ask(refused, signal)) ?? own
  }
}

async function askApp(auth: Auth): Promise<string> {
  // Also in an app that is not type-checked.
  const token: unknown = await auth()
  if (typeof token !== 'string' || token === '') throw signedOut()
  return token
}

function signedOut(): LarderError<'auth-required'> {
  return new LarderError(
    'auth-required',
    'auth() gave no token: sign in again. Everything stays stored, and is sent then',
    {},
  )
}

/** Rejects when `signal` aborts, and leaves no listener on it: it may live long. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let giveUp = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason)
  })
  if (signal.aborted) giveUp()
  else signal.addEventListener('abort', giveUp, { once: true })
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', giveUp))
}
