import { countByStream } from '../event/packed-events.ts'
import type { PendingRecord } from './records.ts'

interface StreamShare {
  readonly id: string
  /** How many events the commit has in the stream. */
  readonly count: number
}

/** The outbox as this tab knows it, in order. Grows at its end; any other change makes a new one. */
export class PendingQueue {
  readonly #records: PendingRecord[] = []
  readonly #byId = new Map<string, PendingRecord>()
  readonly #byStream = new Map<string, StreamShare[]>()

  constructor(records: readonly PendingRecord[] = []) {
    for (const record of records) this.push(record)
  }

  get records(): readonly PendingRecord[] {
    return this.#records
  }

  get lastOrder(): number | undefined {
    return this.#records.at(-1)?.order
  }

  push(record: PendingRecord): void {
    this.#records.push(record)
    this.#byId.set(record.id, record)
    const counts = countByStream(record.events)
    for (const [index, stream] of record.events.streams.entries()) {
      const share = { id: record.id, count: counts[index] ?? 0 }
      const shares = this.#byStream.get(stream)
      if (shares === undefined) this.#byStream.set(stream, [share])
      else shares.push(share)
    }
  }

  find(id: string): PendingRecord | undefined {
    return this.#byId.get(id)
  }

  /** The commits with events in a stream. */
  inStream(stream: string): readonly StreamShare[] {
    return this.#byStream.get(stream) ?? []
  }

  countInStream(stream: string): number {
    return this.inStream(stream).reduce((sum, { count }) => sum + count, 0)
  }
}
