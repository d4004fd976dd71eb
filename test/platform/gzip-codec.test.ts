import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gzipCodec } from '../../src/platform/gzip-codec.ts'

const codec = gzipCodec()
if (codec === undefined) throw new Error('This Node has no CompressionStream.')
const bytes = fc.uint8Array({ maxLength: 200_000, size: 'max' })

describe('the gzip codec', () => {
  it('gives back what it was given, as any gzip would', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (plain) => {
        const encoded = await codec.encode(plain)
        expect(Buffer.compare(await codec.decode(encoded, plain.byteLength), plain)).toBe(0)
        expect(Buffer.compare(gunzipSync(encoded), plain)).toBe(0)
        expect(Buffer.compare(await codec.decode(new Uint8Array(gzipSync(plain)), plain.byteLength), plain)).toBe(0)
      }),
      { numRuns: 30 },
    )
  })

  it('rejects what is no gzip, what was cut short and what was changed', async () => {
    const encoded = await codec.encode(new TextEncoder().encode('lunch '.repeat(1000)))
    const changed = encoded.slice()
    changed[encoded.length - 6] = (changed[encoded.length - 6] ?? 0) ^ 1
    for (const damaged of [new Uint8Array([1, 2, 3]), encoded.slice(0, -9), encoded.slice(0, 12), changed])
      await expect(codec.decode(damaged, 6000)).rejects.toThrow()
  })

  it('stops at the size that is expected, whatever a few bytes would become', async () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(50_000_000)))
    await expect(codec.decode(bomb, 1000)).rejects.toThrow(RangeError)
  })
})
