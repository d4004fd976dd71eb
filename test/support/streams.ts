/** A text as a stream of bytes, so many at a time. */
export function streamOf(text: string, size = 1000): ReadableStream<Uint8Array> {
  return streamOfBytes(new TextEncoder().encode(text), size)
}

export function streamOfBytes(bytes: Uint8Array, size = 1000): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull: (controller) => {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(at, at + size))
      at += size
    },
  })
}

export async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text()
}
