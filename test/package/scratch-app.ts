import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { runCommand } from '../run/command.ts'

const START_TIMEOUT_MS = 60_000

export const repository = fileURLToPath(new URL('../..', import.meta.url))

/** An app as a user has it: a folder somewhere else, with the packed tarball and its peers installed from npm. */
export interface ScratchApp {
  readonly folder: string
  readonly tarball: string
  /** Paths inside the tarball. */
  readonly packed: readonly string[]
  /** Runs a command in the app; rejects with all that it wrote unless it exits with 0. */
  run(...command: readonly string[]): Promise<string>
  /** Starts Vite in the app, and answers when it serves. */
  serve(mode: 'dev' | 'preview'): Promise<Served>
  remove(): void
}

export interface Served {
  readonly url: string
  stop(): Promise<void>
}

/** The runner's own settings must not reach the app: a user's shell has none of them. */
function plainEnv(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !/^(NODE_ENV|NODE_OPTIONS|VITE|VITEST|npm_)/.test(entry[0]),
  )
  return Object.fromEntries(entries)
}

async function succeed(cwd: string, command: readonly string[]): Promise<string> {
  const { code, output } = await runCommand(command, { cwd, env: plainEnv(), timeoutMs: 200_000 })
  if (code !== 0) throw new Error(`${command.join(' ')} in ${cwd} ended with ${code ?? 'a signal'}:\n${output}`)
  return output
}

const Packed = z.array(z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })).length(1)

async function pack(destination: string): Promise<{ readonly tarball: string; readonly packed: readonly string[] }> {
  await succeed(repository, ['npm', 'run', '--silent', 'build'])
  const report = join(destination, 'pack.json')
  const script = `npm pack --ignore-scripts --json --loglevel=error --pack-destination '${destination}' > '${report}'`
  await succeed(repository, ['sh', '-c', script])
  const [only] = Packed.parse(JSON.parse(readFileSync(report, 'utf8')))
  if (only === undefined) throw new Error('npm pack made no tarball.')
  return { tarball: join(destination, only.filename), packed: only.files.map(({ path }) => path) }
}

/** The versions that this repository itself is tested with. */
function installedVersion(name: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(repository, 'node_modules', name, 'package.json'), 'utf8'))
  return z.object({ version: z.string() }).parse(manifest).version
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.')
  return address.port
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  process.kill(-child.pid, 'SIGTERM')
  await exited
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}

async function serve(folder: string, mode: 'dev' | 'preview'): Promise<Served> {
  const port = await freePort()
  const vite = join(folder, 'node_modules/vite/bin/vite.js')
  const args = [vite, mode, '--host', '127.0.0.1', '--port', String(port), '--strictPort']
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: plainEnv(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const url = `http://127.0.0.1:${port}/`
  let output = ''
  const read = (chunk: Buffer) => {
    output += chunk.toString('utf8')
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  const deadline = performance.now() + START_TIMEOUT_MS
  // Asked, not read from what it prints: that differs between terminals.
  while (!(await answers(url))) {
    const isOver = child.exitCode !== null || child.signalCode !== null
    if (!isOver && performance.now() < deadline) {
      await delay(50)
      continue
    }
    await stop(child)
    throw new Error(
      `vite ${mode} ${isOver ? 'ended' : `did not answer at ${url} within ${START_TIMEOUT_MS} ms`}:\n${output}`,
    )
  }
  return { url, stop: () => stop(child) }
}

/** Packs this repository and installs the tarball in a copy of `test/package/app` outside of it. */
export async function createScratchApp(): Promise<ScratchApp> {
  const folder = mkdtempSync(join(tmpdir(), 'larder-app-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    cpSync(join(repository, 'test/package/app'), folder, { recursive: true })
    const { tarball, packed } = await pack(folder)
    const versions = ['rxjs', 'vite', 'zod'].map((name) => [name, installedVersion(name)] as const)
    const dependencies = { '@larder/sdk': `file:${tarball}`, ...Object.fromEntries(versions) }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }))
    await succeed(folder, ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'])
    return {
      folder,
      tarball,
      packed,
      run: (...command) => succeed(folder, command),
      serve: (mode) => serve(folder, mode),
      remove,
    }
  } catch (error) {
    remove()
    throw error
  }
}
