import { EventStreamParser } from './event-stream-parser.ts'

/** Reads a whole stream of server-sent events, see {@link EventStreamParser}. Resolves at its end, rejects when it breaks or makes no sense. */
export async function readEventStream(
  stream: ReadableStream<Uint8Array>,
  tell: (data: string | undefined) => void,
): Promise<void> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  const parser = new EventStreamParser(tell)
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      parser.push(decoder.decode(value, { stream: true }))
    }
  } catch (error) {
    // Lets the connection go. Where the stream broke by itself, cancelling fails for the same reason.
    await reader.cancel().catch(() => undefined)
    throw error
  }
}
