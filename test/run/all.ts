import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runSession } from './session.ts'
import { type Stage, testStages } from './stages.ts'

/** `npm test`: every stage, also after one has failed. `-- --only types,lint` runs those alone. */
const root = fileURLToPath(new URL('../..', import.meta.url))

function choose(stages: readonly Stage[], only: string | undefined): readonly Stage[] {
  if (only === undefined) return stages
  const names = only.split(',')
  const unknown = names.filter((name) => !stages.some((stage) => stage.name === name))
  if (unknown.length > 0) {
    const known = stages.map(({ name }) => name).join(', ')
    throw new Error(`There is no stage ${unknown.join(', ')}. There are: ${known}.`)
  }
  const needed = stages.flatMap(({ name, needs }) => (names.includes(name) && needs !== undefined ? [needs] : []))
  return stages.filter(({ name }) => names.includes(name) || needed.includes(name))
}

const { values } = parseArgs({ options: { only: { type: 'string' } } })
const reports = mkdtempSync(join(tmpdir(), 'larder-test-'))
try {
  await runSession(root, choose(testStages(root, reports), values.only), 2)
} finally {
  rmSync(reports, { recursive: true, force: true })
}
