import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** The variable that says where the server lies in one file, if it was built: see `build-server.ts`. Else it runs from its sources. */
export const BUILT_SERVER = 'LARDER_BUILT_SERVER'
const sources = ['--conditions=larder-source', '--import', 'tsx', 'demo/serve.ts']

/** The real server in a process of its own, with a port and a data folder that last from one start to the next. */
export interface TestServer {
  readonly origin: string
  start(): Promise<void>
  /** SIGTERM asks it to end, SIGKILL does not. Resolves when its process is gone. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Stops it and deletes its data. */
  remove(): Promise<void>
}

export async function createTestServer(): Promise<TestServer> {
  const data = mkdtempSync(join(tmpdir(), 'larder-e2e-server-'))
  const port = await freePort()
  let running: ChildProcess | undefined

  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    const child = running
    running = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  return {
    origin: `http://localhost:${port}`,
    async start() {
      if (running !== undefined) throw new Error('The server runs already.')
      const built = process.env[BUILT_SERVER]
      running = spawn(process.execPath, [...(built === undefined ? sources : [built]), '--dev-tokens'], {
        cwd: repository,
        env: { ...process.env, PORT: String(port), LARDER_DATA: data },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const child = running
      // Also where a test run is broken off.
      const end = () => child.kill('SIGKILL')
      process.once('exit', end)
      child.once('exit', () => process.off('exit', end))
      await whenItSays(child, `http://localhost:${port}`)
    },
    stop,
    async remove() {
      await stop('SIGKILL')
      rmSync(data, { recursive: true, force: true })
    },
  }
}

/** Another address would mean another port, and a browser that finds nothing at the old one. */
async function whenItSays(child: ChildProcess, address: string): Promise<void> {
  let output = ''
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8')
      if (output.split('\n').includes(address)) resolve()
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', () => reject(new Error(`The server ended before it served ${address}:\n${output}`)))
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.')
  return address.port
}
