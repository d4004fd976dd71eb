import { discardedDamageOf } from './check-segment.ts'
import { readPages } from './read-pages.ts'
import type { CommitLetterRecord, MetaRecord, PendingRecord } from './records.ts'
import type { StorageTransaction } from './storage-backend.ts'

/** Of the outbox and the dead letters. */
interface Waiting {
  readonly pending: { readonly records: readonly PendingRecord[] }
  readonly deadLetters: ReadonlyMap<string, CommitLetterRecord>
}

/** Which orders and seqs were given out to what lies here, as far as it shows. */
export class GivenOut {
  nextOrder = 1
  lowOrder = 1
  nextSeq = 1
  readonly #device: string

  constructor(device: string) {
    this.#device = device
  }

  add({ device, seq, order }: Pick<PendingRecord, 'device' | 'seq' | 'order'>): void {
    this.nextOrder = Math.max(this.nextOrder, order + 1)
    this.lowOrder = Math.min(this.lowOrder, order)
    if (device === this.#device) this.nextSeq = Math.max(this.nextSeq, seq + 1)
  }

  addWaiting({ pending, deadLetters }: Waiting): void {
    for (const record of pending.records) this.add(record)
    for (const { commit } of deadLetters.values()) this.add(commit)
  }

  async addDiscarded(tx: StorageTransaction): Promise<void> {
    for await (const page of readPages(tx, 'discarded'))
      for (const record of page) if (discardedDamageOf(record) === undefined) this.add(record.commit)
  }
}

/** Where an older record was put back meanwhile, this tab still knows what was given out, and what was read meanwhile shows it. */
export function goneOn(known: MetaRecord, now: MetaRecord, given: GivenOut): MetaRecord {
  const all = known.device === now.device ? [known, now, given] : [now, given]
  return {
    ...now,
    nextSeq: Math.max(...all.map(({ nextSeq }) => nextSeq)),
    nextOrder: Math.max(...all.map(({ nextOrder }) => nextOrder)),
    lowOrder: Math.min(...all.map(({ lowOrder }) => lowOrder)),
  }
}
