import { LarderError } from '../errors.ts'

/** Asks the app for a token once, and gives the same to every request until the server refuses it. */
export class TokenSource {
  readonly #auth: (() => Promise<string>) | undefined
  #token: Promise<string> | undefined

  /** @param auth undefined where the server needs no token */
  constructor(auth: (() => Promise<string>) | undefined) {
    this.#auth = auth
  }

  /** @throws LarderError `auth-required` when the app has none, or does not answer before `signal` aborts */
  async get(signal: AbortSignal): Promise<string | undefined> {
    if (this.#auth === undefined) return undefined
    try {
      this.#token ??= this.#auth()
      return await Promise.race([this.#token, aborted(signal)])
    } catch (cause) {
      this.#token = undefined
      throw new LarderError(
        'auth-required',
        'auth() gave no token: sign in again. Everything stays stored, and is sent then',
        { cause },
      )
    }
  }

  /** The server refused the token. Answers whether there may be another. */
  expire(): boolean {
    this.#token = undefined
    return this.#auth !== undefined
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = (): void => reject(signal.reason)
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
}
