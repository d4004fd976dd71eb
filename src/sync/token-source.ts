import { isLarderError, LarderError } from '../errors.ts'

/**
 * Gives a token for the server. Nothing (`undefined` or `''`), or a rejection with the code `auth-required`, says that the person has to sign in:
 * sync then pauses. Any other rejection says only that no token could be had now, as without a network: it is asked again by itself.
 */
export type Auth = () => Promise<string | undefined>

/** No token could be had now. Not exported by the package: it never leaves the engine. */
export class TokenUnavailable extends Error {
  override readonly name = 'TokenUnavailable'
}

/** Asks the app for a token once, and gives the same to every request until the server refuses it. */
export class TokenSource {
  readonly #auth: Auth | undefined
  #token: Promise<string> | undefined
  /** What the question was answered with. */
  #answered: string | undefined

  /** @param auth undefined where the server needs no token */
  constructor(auth: Auth | undefined) {
    this.#auth = auth
  }

  /**
   * @throws LarderError `auth-required` when the app says that it has none
   * @throws TokenUnavailable when the app fails to say, or does not before `signal` aborts
   */
  async get(signal: AbortSignal): Promise<string | undefined> {
    if (this.#auth === undefined) return undefined
    const asked = this.#token ?? this.#ask(this.#auth)
    this.#token = asked
    try {
      return await Promise.race([asked, aborted(signal)])
    } catch (cause) {
      // Whoever asks next asks the app: this question may never be answered.
      if (this.#token === asked) this.#token = undefined
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
      this.#token = undefined
      this.#answered = undefined
    }
    return this.#auth !== undefined
  }

  async #ask(auth: Auth): Promise<string> {
    // Also in an app that is not type-checked.
    const token: unknown = await auth()
    if (typeof token !== 'string' || token === '') throw signedOut()
    this.#answered = token
    return token
  }
}

function signedOut(): LarderError<'auth-required'> {
  return new LarderError(
    'auth-required',
    'auth() gave no token: sign in again. Everything stays stored, and is sent then',
    {},
  )
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = (): void => reject(signal.reason)
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
}
