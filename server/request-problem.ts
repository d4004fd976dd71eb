/** Why a request is answered with something other than what it asked for. Thrown inside the handler, and answered by it. */
export class RequestProblem extends Error {
  readonly status: number
  /** Stable; becomes `code` of the answer's body. */
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  /** `message` is answered too: it holds nothing of the request. */
  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}
