import { PROTOCOL_VERSION } from '../../src/sync/wire.ts'

/** With 426 and the code `protocol-version`. */
export const UPDATE = `This server speaks protocol ${PROTOCOL_VERSION}: update the app`

/** A message of another protocol is not malformed: its sender is told to update, and keeps what it has. */
export function isOtherProtocol(body: unknown): boolean {
  const protocol = typeof body === 'object' && body !== null && 'protocol' in body ? body.protocol : undefined
  return typeof protocol === 'number' && protocol !== PROTOCOL_VERSION
}
