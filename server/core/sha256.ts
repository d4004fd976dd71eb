/**
 * SHA-256 as in FIPS 180-4, in plain JavaScript: the server's core runs in Node, in a browser's tests and in the simulator alike, and only
 * asynchronous or Node-only ones come with the machine. Some 60 MB/s, which is far above what a log of small events needs.
 */
export function sha256(text: string): string {
  const message = padded(new TextEncoder().encode(text))
  const state = new Int32Array(INITIAL)
  const schedule = new Int32Array(64)
  for (let offset = 0; offset < message.byteLength; offset += 64) compress(state, schedule, message, offset)
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

function padded(bytes: Uint8Array): DataView {
  const length = Math.ceil((bytes.length + 9) / 64) * 64
  const view = new DataView(new ArrayBuffer(length))
  new Uint8Array(view.buffer).set(bytes)
  view.setUint8(bytes.length, 0x80)
  view.setUint32(length - 8, Math.floor(bytes.length / 0x2000_0000))
  view.setUint32(length - 4, bytes.length << 3)
  return view
}

function compress(state: Int32Array, w: Int32Array, message: DataView, offset: number): void {
  for (let i = 0; i < 16; i++) w[i] = message.getInt32(offset + i * 4)
  for (let i = 16; i < 64; i++) {
    const a = at(w, i - 15)
    const b = at(w, i - 2)
    const s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3)
    const s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10)
    w[i] = (at(w, i - 16) + s0 + at(w, i - 7) + s1) | 0
  }
  let a = at(state, 0)
  let b = at(state, 1)
  let c = at(state, 2)
  let d = at(state, 3)
  let e = at(state, 4)
  let f = at(state, 5)
  let g = at(state, 6)
  let h = at(state, 7)
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const first = (h + s1 + ((e & f) ^ (~e & g)) + at(ROUNDS, i) + at(w, i)) | 0
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + second) | 0
  }
  const words = [a, b, c, d, e, f, g, h]
  for (let i = 0; i < 8; i++) state[i] = (at(state, i) + (words[i] ?? 0)) | 0
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}

/** The index is always within; the compiler cannot know. */
function at(words: Int32Array, index: number): number {
  return words[index] ?? 0
}

/** The first 32 bits of the fractional part of the n-th root of each of the first primes. */
function fractions(count: number, root: (prime: number) => number): Int32Array {
  const words = new Int32Array(count)
  for (let prime = 2, found = 0; found < count; prime++) {
    if (isPrime(prime)) words[found++] = Math.floor((root(prime) % 1) * 0x1_0000_0000)
  }
  return words
}

function isPrime(candidate: number): boolean {
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) return false
  return true
}

const INITIAL = fractions(8, Math.sqrt)
const ROUNDS = fractions(64, Math.cbrt)
