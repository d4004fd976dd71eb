import type { Observable } from 'rxjs'
import type { Appended } from '../client/append-gate.ts'
import type { Client } from '../client/client.ts'
import type { DeadLetter } from '../dead-letter/dead-letter.ts'
import { deadLetterStats } from '../dead-letter/dead-letter-stats.ts'
import { argumentError, isLarderError } from '../errors.ts'
import { storable } from '../event/commit-draft.ts'
import { showValue } from '../event/show-value.ts'
import { checkObject } from './check-options.ts'
import { exportDeadLetters } from './export-dead-letters.ts'
import type { LarderDeadLetters } from './larder-dead-letters.ts'
import type { Receipt } from './receipt.ts'

export interface DeadLetterSource {
  readonly list$: Observable<readonly DeadLetter[]>
  readonly list: () => Promise<readonly DeadLetter[]>
  readonly receiptOf: (stored: Appended) => Receipt
}

export function createDeadLetters(client: Client, { list$, list, receiptOf }: DeadLetterSource): LarderDeadLetters {
  return {
    list$,
    list,
    stats: async () => deadLetterStats(await list(), client.platform.clock.now()),
    retry: (id) => client.call((api) => api.retryDeadLetter(id), { writes: true }),
    retryReady: () => client.call((api) => api.retryReadyDeadLetters(), { writes: true }),
    attempt: async (id, work) => {
      if (typeof work !== 'function')
        throw argumentError('work', `What is to be attempted is a function; got ${showValue(work)}`)
      const letter = await client.call((api) => api.findDeadLetter(id))
      try {
        await work(letter)
      } catch (error) {
        await settle(client, id, 'failed')
        return { settled: false, error }
      }
      await settle(client, id, 'done')
      return { settled: true }
    },
    amend: async (id, events, options = {}) => {
      checkObject('options', options)
      const { stream = await client.call((api) => api.streamOfDeadLetter(id)), metadata = {} } = options
      const commit = client.prepare(events, stream === undefined ? { metadata } : { stream, metadata })
      const stored = await client.call((api) => api.amendDeadLetter(id, storable(commit)), { writes: true })
      client.stored.announce(commit.events)
      return receiptOf({ ...stored, eventIds: commit.eventIds })
    },
    discard: (id, options) => client.call((api) => api.discardDeadLetter(id, options?.reason ?? ''), { writes: true }),
    export: () => exportDeadLetters(client),
  }
}

/** Somebody else may have settled it while the app was at work on it: then there is nothing left to do. */
async function settle(client: Client, id: string, outcome: 'done' | 'failed'): Promise<void> {
  await client
    .call((api) => api.settleDeadLetter(id, outcome), { writes: true })
    .catch((error: unknown) => {
      if (!isLarderError(error, 'dead-letter-unknown') && !isLarderError(error, 'dead-letter-accepted')) throw error
    })
}
