import { once } from 'node:events'
import type { Server } from 'node:http'

const MORE_PORTS = 100

/** Listens at the first free port from `port` on, and answers it. 0 takes any. */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  for (let next = port; ; next++) {
    try {
      server.listen(next, host)
      await once(server, 'listening')
      const address = server.address()
      return typeof address === 'object' && address !== null ? address.port : next
    } catch (error) {
      if (!isTaken(error) || next >= Math.min(port + MORE_PORTS, 65_535)) throw error
    }
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}
