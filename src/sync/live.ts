import type { Clock, Random, Transport } from '../platform/ports.ts'
import { backoffMs } from './backoff.ts'
import { sleep } from './sleep.ts'
import type { TokenSource } from './token-source.ts'
import { livePoke } from './wire.ts'

/** The server says something at least every 15 s; a stream that is silent for longer than this is dead. */
export const LIVE_SILENCE_MS = 45_000

export interface LiveOptions {
  readonly transport: Transport
  readonly tokens: TokenSource
  readonly clock: Clock
  readonly random: Random
  /** Position up to which this device has pulled. */
  readonly position: () => number
  /** There is more to pull. */
  readonly onPoke: () => void
  /** The first thing was heard on a stream: the server can be reached. */
  readonly onHeard: () => void
}

/** Listens for pokes until `signal` aborts, reconnecting with backoff. A poke that is lost costs only latency. */
export async function listenLive(options: LiveOptions, signal: AbortSignal): Promise<void> {
  const { clock, random } = options
  let attempt = 0
  while (!signal.aborted) {
    const heard = await listenOnce(options, signal)
    attempt = heard ? 1 : attempt + 1
    if (!signal.aborted) await sleep(clock, backoffMs(attempt, random.next()), signal)
  }
}

/** Answers whether anything was heard. */
async function listenOnce(
  { transport, tokens, clock, position, onPoke, onHeard }: LiveOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const over = new AbortController()
  const end = (): void => over.abort()
  signal.addEventListener('abort', end, { once: true })
  let heard = false
  let cancel = clock.after(LIVE_SILENCE_MS, end)
  let token: string | undefined
  try {
    token = await tokens.get(over.signal)
    over.signal.throwIfAborted()
    await transport.listen({ path: `live?cursor=${position()}`, token, signal: over.signal }, (data) => {
      if (over.signal.aborted) return
      if (!heard) onHeard()
      heard = true
      cancel()
      cancel = clock.after(LIVE_SILENCE_MS, end)
      if (data !== undefined && headOf(data) > position()) onPoke()
    })
  } catch (error) {
    // A token that the server refuses is not sent again. Else the answer is always the same: connect again later. Exchanges report what is wrong.
    if (isUnauthorized(error)) tokens.expire(token)
  } finally {
    cancel()
    signal.removeEventListener('abort', end)
  }
  return heard
}

function isUnauthorized(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && error.status === 401
}

function headOf(data: string): number {
  try {
    const parsed = livePoke.safeParse(JSON.parse(data))
    return parsed.success ? parsed.data.head : 0
  } catch {
    return 0
  }
}
