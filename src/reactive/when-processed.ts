import type { Client } from '../client/client.ts'
import { argumentError, LarderError } from '../errors.ts'
import { showValue } from '../event/show-value.ts'
import type { AnyProjection } from '../projection/define-projection.ts'
import { fromWireError } from '../protocol/wire-error.ts'
import { checkObject } from './check-options.ts'

const TIMEOUT_MS = 30_000

/** What it waits for comes by the same way as what views are told, behind it. */
export async function whenProcessed(
  client: Client,
  { name }: AnyProjection,
  receipt: { readonly commitId: string },
  options: { timeoutMs?: number },
): Promise<void> {
  checkObject('receipt', receipt)
  checkObject('options', options)
  const { commitId } = receipt
  if (typeof commitId !== 'string') throw argumentError('receipt', 'Give the receipt that append has answered')
  const { timeoutMs = TIMEOUT_MS } = options
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0))
    throw argumentError('timeoutMs', `timeoutMs is a number of ms from 0; got ${showValue(timeoutMs)}`)
  let end = (): void => undefined
  try {
    await new Promise<void>((resolve, reject) => {
      const cancel = client.platform.clock.after(timeoutMs, () => reject(timeoutError(name, timeoutMs)))
      const unsubscribe = client.subscribe(
        { to: 'processed', projection: name, commit: commitId },
        (answer) => (answer.ok ? resolve() : reject(fromWireError(answer.error))),
        reject,
      )
      end = () => {
        cancel()
        unsubscribe()
      }
    })
  } finally {
    end()
  }
}

function timeoutError(projection: string, afterMs: number): LarderError<'timeout'> {
  return new LarderError(
    'timeout',
    `Projection ${projection} does not hold the commit after ${afterMs} ms: it may yet; wait again, or longer`,
    { details: { afterMs, outcome: 'nothing-written' } },
  )
}
