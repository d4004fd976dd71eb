/** Limits that hold on every device and on the server. Bytes are UTF-8 bytes of JSON. */
export const EVENT_LIMITS = {
  eventBytes: 256 * 1024,
  commitEvents: 1000,
  commitBytes: 1024 * 1024,
  payloadDepth: 64,
  payloadKeys: 10_000,
  streamNameLength: 128,
} as const

const STREAM_NAME = /^[A-Za-z0-9._:-]{1,128}$/
export function isStreamName(value: unknown): value is string {
  return typeof value === 'string' && STREAM_NAME.test(value)
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** Ids are lower-case UUIDs, so that one id has one spelling. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value)
}
