import type { Clock } from '../src/platform/ports.ts'
import type { LiveHub, Poke } from './live-hub.ts'

export interface LiveStreamOptions {
  readonly hub: LiveHub
  readonly account: string
  readonly clock: Clock
  /** A comment so often, in ms, so that both ends notice a dead connection. */
  readonly heartbeatMs: number
  /** The stream ends after so long, in ms, so that a token that expired or was taken back is looked at again. */
  readonly maxAgeMs: number
  /** Aborts when the device has gone. */
  readonly signal: AbortSignal
}

/**
 * Server-sent events with the account's head: `first` at once, then at each poke. A device that reads slowly gets only the newest of the
 * pokes that it missed, so the stream never holds more than one.
 */
export function openLiveStream(
  first: Promise<Poke>,
  options: LiveStreamOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { hub, account, clock, heartbeatMs, maxAgeMs, signal } = options
  const encoder = new TextEncoder()
  let waiting: string | undefined
  let newest = -1
  let release = (): void => undefined

  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => {
      let open = true
      const write = (chunk: string): void => {
        if (!open) return
        if ((controller.desiredSize ?? 0) <= 0) waiting = chunk
        else controller.enqueue(encoder.encode(chunk))
      }
      const poke = ({ epoch, head }: Poke): void => {
        if (head < newest) return
        newest = head
        write(`event: head\ndata: ${JSON.stringify({ epoch, head })}\n\n`)
      }
      const end = (): void => {
        if (!open) return
        release()
        controller.close()
      }
      let stopHeartbeat = (): void => undefined
      const beat = (): void => {
        stopHeartbeat = clock.after(heartbeatMs, () => {
          if (waiting === undefined) write(': still here\n\n')
          beat()
        })
      }
      const stopAge = clock.after(maxAgeMs, end)
      const unsubscribe = hub.subscribe(account, { poke, end })
      release = () => {
        open = false
        stopHeartbeat()
        stopAge()
        unsubscribe()
        signal.removeEventListener('abort', end)
      }
      signal.addEventListener('abort', end, { once: true })
      beat()
      first.then(poke, end)
      if (signal.aborted) end()
    },
    pull: (controller) => {
      if (waiting === undefined) return
      controller.enqueue(encoder.encode(waiting))
      waiting = undefined
    },
    cancel: () => release(),
  })
}
