import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

export interface CommandOptions {
  readonly cwd: string
  /** The whole environment. Default: this process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** After this the command and all that it started are killed. */
  readonly timeoutMs: number
}

export interface CommandResult {
  /** The exit code; undefined when a signal ended it. */
  readonly code: number | undefined
  /** What it wrote, both streams in the order in which it came. */
  readonly output: string
  readonly durationMs: number
  readonly timedOut: boolean
  /** What it left running, which was killed: one line each. */
  readonly leftovers: readonly string[]
}

/**
 * The name of a variable that every process below a command inherits, so that those in groups of their own are found
 * too. Each command has its own: one that runs within another carries both.
 */
const markOf = (id: string) => `LARDER_TEST_COMMAND_${id}`
const running = new Map<string, ChildProcess>()

function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch {
    return false
  }
}

interface Found {
  readonly pid: number
  readonly name: string
}

function readProc(pid: string | number, file: 'environ' | 'cmdline' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    // It ended while we looked, it belongs to someone else, or this system has no /proc.
    return ''
  }
}

/** Processes that carry the mark of one command. None where there is no /proc. */
function marked(id: string): readonly Found[] {
  if (process.platform !== 'linux') return []
  const entry = `${markOf(id)}=1`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readProc(name, 'environ').split('\0').includes(entry))
    .map((name) => ({ pid: Number(name), name: readProc(name, 'cmdline').split('\0').join(' ').trim().slice(0, 120) }))
}

/** Kills what is left of a command, by process id, and says what that was. */
function sweep(id: string, child: ChildProcess): readonly Found[] {
  const left = marked(id)
  if (child.pid !== undefined) kill(-child.pid)
  for (const { pid } of left) kill(pid)
  return left
}

/** Whether a process still runs; one that only waits for its parent to fetch its exit code does not. */
const runs = ({ pid }: Found) => /^\d+ \(.*\) [^ZX]/s.test(readProc(pid, 'stat'))

/** A killed process ends a moment after the signal. */
async function ended(killed: readonly Found[]): Promise<void> {
  for (let tries = 0; tries < 200 && killed.some(runs); tries++) await delay(10)
}

/** Runs a command in a process group of its own; when this resolves, nothing that it started is alive. */
export async function runCommand(command: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const [file, ...args] = command
  if (file === undefined) throw new Error('The command is empty.')
  const id = randomUUID().replaceAll('-', '')
  const startedAt = performance.now()
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...(options.env ?? process.env), [markOf(id)]: '1' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.set(id, child)
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    sweep(id, child)
  }, options.timeoutMs)
  let left: readonly Found[] = []
  // What the command left running may hold its pipes open: they close only after the sweep.
  const exited = new Promise<number | undefined>((resolve) => {
    child.once('error', (error) => {
      chunks.push(Buffer.from(`${error.message}\n`))
      resolve(undefined)
    })
    child.once('exit', (code) => {
      left = sweep(id, child)
      child.once('close', () => resolve(code ?? undefined))
    })
  })
  const code = await exited
  clearTimeout(timer)
  await ended(left)
  running.delete(id)
  const output = Buffer.concat(chunks).toString('utf8')
  const leftovers = left.map(({ pid, name }) => `${pid} ${name}`)
  return { code, output, durationMs: performance.now() - startedAt, timedOut, leftovers }
}

/** Ends every running command when this process is asked to end. */
export function endCommandsWithThisProcess(): void {
  for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const, ['SIGHUP', 129] as const]) {
    process.once(signal, () => {
      for (const [id, child] of running) sweep(id, child)
      process.exit(code)
    })
  }
}
