import type { Codec } from './ports.ts'

/** Gzip as browsers and Node have it; undefined in browsers of before 2023, which then keep everything plain. */
export function gzipCodec(): Codec | undefined {
  if (typeof CompressionStream === 'undefined' || typeof DecompressionStream === 'undefined') return undefined
  return {
    name: 'gzip',
    encode: (bytes) => through(bytes, new CompressionStream('gzip'), Number.POSITIVE_INFINITY),
    decode: (bytes, plainBytes) => through(bytes, new DecompressionStream('gzip'), plainBytes),
  }
}

type Transform = { readonly readable: ReadableStream<Uint8Array>; readonly writable: WritableStream<BufferSource> }

async function through(bytes: Uint8Array, { readable, writable }: Transform, maxBytes: number): Promise<Uint8Array> {
  const writer = writable.getWriter()
  const written = writer.write(bytes.slice()).then(() => writer.close())
  // The reader hears of the same failure; here it would be one that nobody handles.
  written.catch(() => undefined)
  const chunks: Uint8Array[] = []
  let total = 0
  const reader = readable.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    total += next.value.byteLength
    if (total > maxBytes) {
      await reader.cancel()
      throw new RangeError('More bytes than there should be')
    }
    chunks.push(next.value)
  }
  const [only] = chunks
  if (only !== undefined && chunks.length === 1) return only
  const all = new Uint8Array(total)
  let offset = 0
  for (const chunk of chunks) {
    all.set(chunk, offset)
    offset += chunk.byteLength
  }
  return all
}
