import type { Codec } from '../../platform/ports.ts'

const WORD = 4

/**
 * A codec that is done when it is asked, so that virtual time need not wait for real time. It compresses nothing: it turns the bytes round, so that
 * nobody reads them without it, and puts a checksum in front.
 */
export const checkedCodec: Codec = {
  name: 'test-checked',
  encode: async (bytes) => {
    const encoded = new Uint8Array(WORD + bytes.length)
    new DataView(encoded.buffer).setUint32(0, checksumOf(bytes))
    encoded.set(bytes.toReversed(), WORD)
    return encoded
  },
  decode: async (bytes, plainBytes) => {
    const plain = bytes.slice(WORD).reverse()
    if (plain.length > plainBytes) throw new RangeError('More bytes than there should be')
    const isWhole = bytes.length >= WORD && readWord(bytes) === checksumOf(plain)
    if (!isWhole) throw new TypeError('These bytes are not what was encoded')
    return plain
  },
}

function readWord(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
}

/** FNV-1a over bytes. */
function checksumOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}
