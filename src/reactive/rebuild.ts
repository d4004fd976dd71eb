import type { Client } from '../client/client.ts'
import { isLarderError } from '../errors.ts'
import type { AnyProjection } from '../projection/define-projection.ts'
import type { Progress } from '../projection/progress.ts'
import { checkLongRun } from './check-options.ts'

/** A worker that dies on the way is replaced, and the next one begins again. */
export async function rebuild(
  client: Client,
  { name }: AnyProjection,
  options: { onProgress?: (progress: Progress) => void },
): Promise<void> {
  checkLongRun(options)
  const { onProgress } = options
  const end =
    onProgress &&
    client.subscribe(
      { to: 'progress', projection: name },
      (progress) => progress !== undefined && onProgress(progress),
      () => undefined,
    )
  try {
    for (;;) {
      try {
        await client.call((api) => api.rebuild(name), { extraMs: Infinity })
        return
      } catch (error) {
        if (!isLarderError(error, 'worker-crashed')) throw error
      }
    }
  } finally {
    end?.()
  }
}
