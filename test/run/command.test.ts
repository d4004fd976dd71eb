import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { runCommand } from './command.ts'

const node = (script: string, timeoutMs = 30_000) =>
  runCommand([process.execPath, '-e', script], { cwd: tmpdir(), timeoutMs })

/** Whether it can still do anything: a dead process whose parent has not asked for its exit code cannot. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Starts a process that would never end, in the given way, prints its id and ends. */
const leaveBehind = (options: string) =>
  node(`
    const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], ${options})
    console.log(child.pid)
    child.unref()
    process.exit(3)
  `)

describe('a command', () => {
  it('gives its exit code and what it wrote', async () => {
    const result = await node("console.log('out'); console.error('err'); process.exitCode = 3")
    expect(result).toMatchObject({ code: 3, timedOut: false, leftovers: [] })
    expect(result.output).toContain('out')
    expect(result.output).toContain('err')
  })

  it('that cannot be started has no exit code', async () => {
    const result = await runCommand(['/no/such/command'], { cwd: tmpdir(), timeoutMs: 30_000 })
    expect(result.code).toBeUndefined()
    expect(result.output).toContain('ENOENT')
  })

  it('is stopped when its time is over', async () => {
    const result = await node('setInterval(() => {}, 1000)', 300)
    expect(result).toMatchObject({ code: undefined, timedOut: true })
  })

  it('leaves nothing running that holds its output open', async () => {
    const result = await leaveBehind("{ stdio: 'inherit' }")
    expect(result.code).toBe(3)
    expect(alive(Number(result.output))).toBe(false)
  })

  it.runIf(process.platform === 'linux')('leaves nothing running in a group of its own', async () => {
    const result = await leaveBehind("{ stdio: 'ignore', detached: true }")
    expect(result.leftovers).toEqual([expect.stringContaining(result.output.trim())])
    expect(alive(Number(result.output))).toBe(false)
  })
})
