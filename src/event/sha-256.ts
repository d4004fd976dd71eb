/** First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const K = Int32Array.from(firstPrimes(64), (prime) => fraction(Math.cbrt(prime)))
/** The same of the square roots of the first 8. */
const START = Int32Array.from(firstPrimes(8), (prime) => fraction(Math.sqrt(prime)))

/** Of the digest that is being made: it is made in one go. */
const state = new Int32Array(8)
const schedule = new Int32Array(64)
const padded = new Uint8Array(128)
const tail = new DataView(padded.buffer)

/**
 * SHA-256 (FIPS 180-4). The platform's own answers later, not at all outside of a secure context, and is not there where code is pure; this one
 * takes some 100 MB a second.
 */
export function sha256(bytes: Uint8Array): Uint8Array {
  state.set(START)
  const whole = bytes.length - (bytes.length % 64)
  const input = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let offset = 0; offset < whole; offset += 64) compress(input, offset)
  const rest = bytes.subarray(whole)
  const end = rest.length < 56 ? 64 : 128
  padded.fill(0)
  padded.set(rest)
  padded[rest.length] = 0x80
  tail.setUint32(end - 8, Math.floor(bytes.length / 2 ** 29))
  tail.setUint32(end - 4, (bytes.length * 8) >>> 0)
  for (let offset = 0; offset < end; offset += 64) compress(tail, offset)
  const digest = new DataView(new ArrayBuffer(32))
  for (const [index, word] of state.entries()) digest.setInt32(index * 4, word)
  return new Uint8Array(digest.buffer)
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += HEX[byte]
  return text
}

/** In signed words: above 2³¹ an unsigned one is no small integer to an engine, and several times as slow. */
function compress(input: DataView, offset: number): void {
  const w = schedule
  for (let i = 0; i < 16; i++) w[i] = input.getInt32(offset + i * 4)
  for (let i = 16; i < 64; i++) {
    const a = w[i - 15] ?? 0
    const b = w[i - 2] ?? 0
    const s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3)
    const s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10)
    w[i] = ((w[i - 16] ?? 0) + s0 + (w[i - 7] ?? 0) + s1) | 0
  }
  let a = state[0] ?? 0
  let b = state[1] ?? 0
  let c = state[2] ?? 0
  let d = state[3] ?? 0
  let e = state[4] ?? 0
  let f = state[5] ?? 0
  let g = state[6] ?? 0
  let h = state[7] ?? 0
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (K[i] ?? 0) + (w[i] ?? 0)) | 0
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  state[0] = (state[0] ?? 0) + a
  state[1] = (state[1] ?? 0) + b
  state[2] = (state[2] ?? 0) + c
  state[3] = (state[3] ?? 0) + d
  state[4] = (state[4] ?? 0) + e
  state[5] = (state[5] ?? 0) + f
  state[6] = (state[6] ?? 0) + g
  state[7] = (state[7] ?? 0) + h
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}

function fraction(number: number): number {
  return ((number - Math.floor(number)) * 2 ** 32) | 0
}

function firstPrimes(count: number): number[] {
  const primes: number[] = []
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n)
  return primes
}
