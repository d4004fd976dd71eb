import type { ExchangeRequest, WireCommit, WireEvent } from '../../../src/sync/wire.ts'
import { commitId, device, eventId } from './ids.ts'

export const TIME = '2026-11-23T12:00:00.000Z'
export const NOW = Date.parse('2026-11-23T12:00:05.000Z')

/** An event that {@link import('./notes.ts').notes} accepts, numbered so that ids differ. */
export function wireEvent(n: number, change: Partial<WireEvent> = {}): WireEvent {
  return {
    id: eventId(n),
    type: 'NoteWritten',
    version: 2,
    stream: 'note-1',
    time: TIME,
    data: { text: `note ${n}` },
    metadata: {},
    ...change,
  }
}

/** Commit n with one event n, as device 1 makes it. */
export function wireCommit(n: number, change: Partial<WireCommit> = {}): WireCommit {
  return { id: commitId(n), seq: n, events: [wireEvent(n)], ...change }
}

export function request(change: Partial<ExchangeRequest> = {}): ExchangeRequest {
  return {
    protocol: 1,
    domain: 'notes 1',
    device: device(1),
    limit: 500,
    echo: true,
    cursor: null,
    commits: [],
    withdraw: [],
    ...change,
  }
}
