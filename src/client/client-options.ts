import type { Platform } from '../platform/ports.ts'
import type { Domain } from '../projection/define-domain.ts'
import type { Opened, OpenRequest } from '../protocol/worker-api.ts'
import type { Auth } from '../sync/token-source.ts'
import type { Connect } from './connection.ts'

export interface ClientOptions {
  readonly domain: Domain
  readonly platform: Platform
  readonly connect: Connect
  readonly request: OpenRequest
  readonly auth: Auth | undefined
  /** See {@link DEFAULT_CALL_TIMEOUT_MS}. */
  readonly callTimeoutMs?: number | undefined
}

/** What the next worker is asked. Memory in place of a log that was opened would be an empty one that nobody asked for. */
export function requestOf({ request }: ClientOptions, opened: Opened | undefined): OpenRequest {
  return opened === undefined ? request : { ...request, fallback: undefined }
}

/** A call without an answer for this long is given up. */
export const DEFAULT_CALL_TIMEOUT_MS = 30_000

export interface CallOptions {
  /** The call may store something: when it is given up, nobody knows whether it has. Default false. */
  readonly writes?: boolean
  /** Asked twice, it does and answers the same: when the worker dies, the next one is asked, once, within the same deadline. Default false. */
  readonly repeats?: boolean
  /**
   * How much longer than other calls it may take, in ms. `Infinity` for one whose length nobody can tell: only a worker that dies or hangs ends
   * it. Default 0.
   */
  readonly extraMs?: number
}
