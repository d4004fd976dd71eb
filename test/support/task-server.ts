import { SyncServer } from './sync-server.ts'
import { taskDomain } from './tasks.ts'

/** A server that knows the aggregates of the tests. */
export function taskServer(): SyncServer {
  const server = new SyncServer()
  server.domain = taskDomain
  return server
}
