import type { Envelope } from '../protocol/wire-error.ts'
import type { Notification, Opened, OpenRequest, WorkerApi } from '../protocol/worker-api.ts'
import type { Connect, Connection } from './connection.ts'

export interface Opening {
  readonly connection: Connection
  /** What opening is answered. Asked for now, if it was not before. */
  opened(): Promise<Envelope<Opened>>
}

/**
 * Connects, and tells the other side to open as soon as there is a way to it, so that it opens while it says that it is up.
 *
 * @param arriving is given the way to it, which answers nothing before it is up, and undefined when it will never be
 * @throws LarderError `worker-unavailable`
 */
export async function connectAndOpen(
  connect: Connect,
  request: OpenRequest,
  notify: (notification: Notification) => void,
  arriving: (api: WorkerApi | undefined) => void,
): Promise<Opening> {
  let opened: Promise<Envelope<Opened>> | undefined
  const connection = await connect(notify, (api) => {
    arriving(api)
    opened = api.open(request)
    opened.catch(() => undefined)
  }).catch((error: unknown) => {
    arriving(undefined)
    throw error
  })
  return { connection, opened: () => opened ?? connection.api.open(request) }
}
