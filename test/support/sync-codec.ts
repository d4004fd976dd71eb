import { gunzipSync, gzipSync } from 'node:zlib'
import type { Codec } from '../../src/platform/ports.ts'

/** Gzip that is done when it is asked for, so that virtual time need not wait for real time. Reads what the real one wrote. */
export const syncGzip: Codec = {
  name: 'gzip',
  encode: async (bytes) => new Uint8Array(gzipSync(bytes)),
  decode: async (bytes, plainBytes) => new Uint8Array(gunzipSync(bytes, { maxOutputLength: Math.max(1, plainBytes) })),
}
