import type { Client } from '../client/client.ts'

let nextBackup = 1

/** See `Larder.backup.export`. A part is asked for when the one before has been taken. */
export function exportBackup(
  client: Client,
  scope: 'all' | 'unsynced' = 'all',
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const id = nextBackup++
  const encoder = new TextEncoder()
  let part = 0
  return new ReadableStream(
    {
      pull: async (controller) => {
        const text = await client.call((api) => api.readBackup(id, part++, scope))
        if (text === undefined) controller.close()
        else controller.enqueue(encoder.encode(text))
      },
      cancel: () => client.call((api) => api.endBackup(id)).catch(() => undefined),
    },
    { highWaterMark: 0 },
  )
}
