import { EVENT_LIMITS } from '../src/event/limits.ts'
import type { Clock } from '../src/platform/ports.ts'
import { isDeeperThan } from './json-depth.ts'
import { RequestProblem } from './request-problem.ts'

export interface BodyLimits {
  /** Most bytes as sent. Default 2 MiB. */
  readonly sentBytes: number
  /** Most bytes once inflated; reading stops there, so that a small body cannot become a large one. Default 4 MiB. */
  readonly bytes: number
  /** Most levels of JSON. Default: what a payload may have, and the request's own five around it. */
  readonly levels: number
  /** Most time from the first byte to the last, in ms. Default 30,000. */
  readonly timeoutMs: number
}

export const BODY_LIMITS: BodyLimits = {
  sentBytes: 2 * 1024 * 1024,
  bytes: 4 * 1024 * 1024,
  levels: EVENT_LIMITS.payloadDepth + 5,
  timeoutMs: 30_000,
}

/**
 * The body of a request as JSON, gzip or not.
 *
 * @throws RequestProblem 400 not JSON, not UTF-8 or broken gzip; 408 too slow; 413 too large; 415 another encoding; 422 too deep
 */
export async function readJson(request: Request, limits: BodyLimits, clock: Clock): Promise<unknown> {
  const text = decode(await readBytes(request, limits, clock))
  if (isDeeperThan(text, limits.levels)) {
    throw new RequestProblem(422, 'json-depth', `The JSON has more than ${limits.levels} levels`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new RequestProblem(400, 'json-invalid', 'The body is not JSON')
  }
}

async function readBytes(request: Request, limits: BodyLimits, clock: Clock): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > limits.sentBytes) throw tooLarge(limits.sentBytes)
  if (request.body === null) return new Uint8Array()
  const sent = new Counted(request.body, limits.sentBytes)
  const reader = inflate(sent.stream, request.headers.get('content-encoding')).getReader()
  const chunks: Uint8Array[] = []
  let total = 0
  const deadline = startDeadline(limits.timeoutMs, clock)
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), deadline.passed])
      if (done) return concatenated(chunks, total)
      total += value.byteLength
      if (total > limits.bytes) throw tooLarge(limits.bytes)
      chunks.push(value)
    }
  } catch (error) {
    reader.cancel().catch(() => undefined)
    if (sent.isTooMuch) throw tooLarge(limits.sentBytes)
    if (error instanceof RequestProblem) throw error
    throw new RequestProblem(400, 'body-invalid', 'The body is broken: it ended early, or its compression does not fit')
  } finally {
    deadline.stop()
  }
}

/** Ends a stream with an error above so many bytes. Says so itself, because a decompressor in between does not pass the reason on. */
class Counted {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>
  isTooMuch = false

  constructor(source: ReadableStream<Uint8Array<ArrayBuffer>>, max: number) {
    let total = 0
    const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (chunk, controller) => {
        total += chunk.byteLength
        this.isTooMuch = total > max
        if (this.isTooMuch) controller.error(tooLarge(max))
        else controller.enqueue(chunk)
      },
    })
    this.stream = source.pipeThrough(count)
  }
}

function startDeadline(
  timeoutMs: number,
  clock: Clock,
): { readonly passed: Promise<never>; readonly stop: () => void } {
  let stop = (): void => undefined
  const passed = new Promise<never>((_, reject) => {
    const late = new RequestProblem(408, 'body-timeout', 'The body took too long to arrive')
    stop = clock.after(timeoutMs, () => reject(late))
  })
  passed.catch(() => undefined)
  return { passed, stop }
}

function inflate(
  sent: ReadableStream<Uint8Array<ArrayBuffer>>,
  encoding: string | null,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  switch (encoding?.trim().toLowerCase() ?? 'identity') {
    case 'identity':
      return sent
    case 'gzip':
      return sent.pipeThrough(new DecompressionStream('gzip'))
    default:
      throw new RequestProblem(415, 'encoding-unknown', 'The body may be sent as it is or as gzip, not otherwise')
  }
}

function concatenated(chunks: readonly Uint8Array[], total: number): Uint8Array {
  const bytes = new Uint8Array(total)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new RequestProblem(400, 'text-encoding', 'The body is not UTF-8')
  }
}

function tooLarge(max: number): RequestProblem {
  return new RequestProblem(413, 'body-too-large', `The body is larger than ${max} bytes: send less at a time`)
}
