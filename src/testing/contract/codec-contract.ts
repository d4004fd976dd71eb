import type { Codec } from '../../platform/ports.ts'
import { Prng } from '../chance/prng.ts'
import { isSame } from '../compare/differences.ts'
import { failureOf } from './failure-of.ts'
import type { TestRunner } from './test-runner.ts'

const SIZES = [0, 1, 7, 256, 100_000]

/** What every `Codec` has to do: give back exactly what it was given, and say so when it cannot. */
export function codecContract({ describe, it, expect }: TestRunner, name: string, newCodec: () => Codec): void {
  const random = new Prng(1)
  const bytes = (size: number): Uint8Array => Uint8Array.from({ length: size }, () => random.between(0, 255))
  const text = (size: number): Uint8Array => new TextEncoder().encode('{"name":"Lentils"}'.repeat(size))

  describe(`codec contract: ${name}`, () => {
    it('has a name, the same each time: it is stored with what was encoded', async () => {
      expect(newCodec().name === '').toBe(false)
      expect(newCodec().name).toBe(newCodec().name)
    })

    it('gives back what it was given, also from another of its kind, and changes nothing of it', async () => {
      for (const plain of [...SIZES.map(bytes), text(1000)]) {
        const given = plain.slice()
        const encoded = await newCodec().encode(given)
        expect(isSame(plain, given)).toBe(true)
        const kept = encoded.slice()
        expect(isSame(plain, Uint8Array.from(await newCodec().decode(encoded, plain.length)))).toBe(true)
        expect(isSame(kept, encoded)).toBe(true)
      }
    })

    it('gives back what lies in the middle of a buffer', async () => {
      const buffer = bytes(300)
      const encoded = await newCodec().encode(buffer.subarray(100, 200))
      const around = new Uint8Array(encoded.length + 20)
      around.set(encoded, 10)
      const decoded = await newCodec().decode(around.subarray(10, 10 + encoded.length), 100)
      expect(Uint8Array.from(decoded)).toEqual(buffer.slice(100, 200))
    })

    it('rejects what it did not encode, and what was changed or cut off', async () => {
      const codec = newCodec()
      const encoded = await codec.encode(text(100))
      const changed = encoded.slice()
      const middle = changed.length >> 1
      changed[middle] = (changed[middle] ?? 0) ^ 1
      for (const broken of [bytes(50), changed, encoded.slice(0, -1), encoded.slice(0, 3), new Uint8Array()])
        expect((await failureOf(codec.decode(broken, 1_000_000))) instanceof Error).toBe(true)
    })

    it('rejects what would become more than was expected', async () => {
      const codec = newCodec()
      const plain = text(10_000)
      const encoded = await codec.encode(plain)
      expect((await failureOf(codec.decode(encoded, plain.length - 1))) instanceof Error).toBe(true)
    })
  })
}
