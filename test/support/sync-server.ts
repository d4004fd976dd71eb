import type { TransportResponse } from '../../src/platform/ports.ts'
import type { ExchangeResponse, WirePulledCommit } from '../../src/sync/wire.ts'
import { TestServer } from '../../src/testing/test-server.ts'
import { notes } from './notes.ts'

/** The kit's server, for the domain of most tests. */
export class SyncServer extends TestServer {
  constructor() {
    super(notes)
  }

  /** The texts of all accepted notes, in order. */
  async texts(account?: string): Promise<string[]> {
    return (await this.accepted(account)).flatMap(({ data }) => data.map((each) => (each as { text: string }).text))
  }
}

export function answer(status: number, body: unknown, headers: Record<string, string> = {}): TransportResponse {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body), redirected: false }
}

/** The answer of a server that has nothing to say. */
export function emptyResponse(change: Partial<ExchangeResponse> = {}): ExchangeResponse {
  return {
    protocol: 1,
    domain: 'notes 1',
    head: 0,
    limits: { commits: 500, bytes: 4_000_000 },
    verdicts: [],
    commits: [],
    cursor: { epoch: 'epoch-1', position: 0, mark: '' },
    more: false,
    ...change,
  }
}

/** A commit of another device as a server sends it. */
export function pulled(n: number, position: number, count = 1): Extract<WirePulledCommit, { events: unknown }> {
  const id = (kind: string, k: number): string => `${kind.repeat(8)}-0000-7000-8000-${k.toString(16).padStart(12, '0')}`
  const events = Array.from({ length: count }, (_, index) => ({
    id: id('e', n * 100 + index),
    type: 'Noted',
    version: 1,
    stream: 'notes',
    time: '2026-11-23T11:00:00.000Z',
    data: { text: `foreign ${n}.${index}`, days: [] },
    metadata: {},
  }))
  return { id: id('c', n), device: id('d', 1), seq: n, position, receivedAt: '2026-11-23T11:00:01.000Z', events }
}
