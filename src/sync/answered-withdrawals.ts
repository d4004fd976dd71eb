import { readPages } from '../store/read-pages.ts'
import type { DiscardedRecord } from '../store/records.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'
import type { ExchangeDraft } from './build-request.ts'
import type { ExchangeResponse } from './wire.ts'

/**
 * What was given up, and the server was told so of, without what it has answered, in time or too late. What it says of a commit that was sent is no word
 * about giving that up, as somebody may have done meanwhile.
 */
export async function answeredWithdrawals(
  tx: StorageTransaction,
  { withdraw: asked }: Pick<ExchangeDraft, 'withdraw'>,
  { verdicts }: Pick<ExchangeResponse, 'verdicts'>,
): Promise<readonly DiscardedRecord[]> {
  const ids = new Set(verdicts.map(({ id }) => id))
  const answered = new Set(asked.filter((id) => ids.has(id)))
  if (answered.size === 0) return []
  const told: DiscardedRecord[] = []
  for await (const page of readPages(tx, 'discarded'))
    for (const record of page)
      if (record.withdraw.some((each) => answered.has(each)))
        told.push({ ...record, withdraw: record.withdraw.filter((each) => !answered.has(each)) })
  return told
}
