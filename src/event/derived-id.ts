import { sha256, toHex } from './sha-256.ts'

/**
 * An id that says of what it is the `name`: the same for the same, and another for everything else. A UUID of version 8, as in the example of RFC
 * 9562, B.2: the first bits of SHA-256 over namespace and name.
 *
 * @param namespace a lower-case UUID
 */
export function derivedId(namespace: string, name: string): string {
  const space = Uint8Array.from(namespace.replaceAll('-', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  const hash = sha256(Uint8Array.from([...space, ...new TextEncoder().encode(name)])).subarray(0, 16)
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  return toHex(hash).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
