import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nextMark } from '../../server/core/fingerprint.ts'
import { lastPositionOf } from '../../server/core/server-log.ts'
import { openLibsqlServerLog } from '../../server/libsql-server-log.ts'
import { thorough } from '../support/thorough.ts'
import { commitId } from './support/ids.ts'

/** Cycles of start, append, `kill -9`. `LARDER_KILLS=50` runs as many as a release wants. */
const kills = Number(process.env['LARDER_KILLS'] ?? thorough(8, 2))

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'larder-kill-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('A server that is killed', () => {
  it(
    `C82: has lost nothing that it acknowledged, and has nothing twice, after ${kills} times kill -9`,
    async () => {
      const file = join(folder, 'log')
      const acknowledged = new Set<string>()
      let next = 1
      for (let cycle = 0; cycle < kills; cycle++) {
        const said = await runAndKill(file, next, 20 + ((cycle * 37) % 150))
        for (const n of said) acknowledged.add(commitId(n))
        expect(said.length).toBeGreaterThan(0)

        const log = openLibsqlServerLog({ file })
        const stored = await log.transact('ann', (tx) => tx.read(0, { events: 1e9, units: 1e12 }))
        await log.close()
        const ids = stored.map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        expect([...acknowledged].filter((id) => !ids.includes(id))).toEqual([])
        // The commit that was stored when the kill came, and not yet said to be.
        expect(ids.length - acknowledged.size).toBeLessThanOrEqual(1)
        let [position, mark] = [0, '']
        for (const commit of stored) {
          expect([commit.position, commit.events.length]).toEqual([position + 1, 3])
          mark = nextMark(mark, commit.id)
          expect(commit.mark).toBe(mark)
          position = lastPositionOf(commit)
        }
        // The next life begins with the last commit again, as a client does that has not heard the answer.
        next = ids.length
      }
    },
    30_000 + kills * 5_000,
  )
})

/** Runs the child until it has acknowledged `count` commits, kills it at once, and answers all that it has said by then. */
function runAndKill(file: string, first: number, count: number): Promise<readonly number[]> {
  const script = fileURLToPath(new URL('./support/kill-child.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    ['--conditions=larder-source', '--import', 'tsx', script, file, String(first)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let output = ''
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      if (output.split('\n').length > count) child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (signal !== 'SIGKILL') return reject(new Error(`The child ended by itself with ${code}`))
      const whole = output.split('\n').slice(0, -1)
      resolve(whole.flatMap((line) => (/^\d+ (accepted|duplicate)$/.test(line) ? [Number.parseInt(line, 10)] : [])))
    })
  })
}
