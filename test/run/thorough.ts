import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { THOROUGH } from '../support/thorough.ts'
import { vitestCounts } from './counts.ts'

/** `npm run thorough`: the tests that try fewer seeds, cases or steps in `npm test`, with all of them. */
const root = fileURLToPath(new URL('../..', import.meta.url))

/** Whoever asks how much to try imports it: nobody has to be listed anywhere. */
export function findThoroughTests(folder: string): readonly string[] {
  return readdirSync(join(folder, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.endsWith('.browser.test.ts'))
    .map((name) => join('test', name))
    .filter((name) => /^import .*\/support\/thorough\.ts'$/m.test(readFileSync(join(folder, name), 'utf8')))
    .toSorted()
}

function run(): void {
  const files = findThoroughTests(root)
  const folder = mkdtempSync(join(tmpdir(), 'larder-thorough-'))
  try {
    const report = join(folder, 'report.json')
    const { status } = spawnSync(
      process.execPath,
      [
        ...[join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'unit', ...files],
        ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
      ],
      { cwd: root, env: { ...process.env, [THOROUGH]: '1' }, stdio: 'inherit' },
    )
    const { passed, failed } = vitestCounts(readReport(report), status ?? undefined)
    console.log(`files=${files.length} passed=${passed} failed=${failed}`)
    process.exitCode = failed === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readReport(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) run()
