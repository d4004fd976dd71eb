import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const folders = ['src', 'worker', 'server', 'cli', 'demo', 'test', 'e2e', 'bench'] as const
const repository = fileURLToPath(new URL('../..', import.meta.url))

const Report = z.object({
  summary: z.object({
    totalCruised: z.number(),
    totalDependenciesCruised: z.number(),
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
})

/** A broken import rule of `.dependency-cruiser.cjs`. */
export interface Violation {
  readonly rule: string
  readonly from: string
  readonly to: string
}

export interface ImportsReport {
  readonly modules: number
  readonly dependencies: number
  readonly violations: readonly Violation[]
}

/**
 * Checks the import rules of this repository on the tree at `root`. Throws when not one module was seen: a checker that
 * cannot read the sources (a compiler that it does not know, a moved folder) reports that all is well.
 */
export function checkImports(root: string = repository): ImportsReport {
  const present = folders.filter((folder) => existsSync(join(root, folder)))
  if (present.length === 0) throw new Error(`${root} has none of the folders that are checked: ${folders.join(', ')}.`)
  const result = spawnSync(
    process.execPath,
    [
      join(repository, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
      ...['--config', join(repository, '.dependency-cruiser.cjs'), '--output-type', 'json'],
      ...present,
    ],
    { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  )
  if (!result.stdout.startsWith('{'))
    throw new Error(`dependency-cruiser did not run: ${result.stderr}${result.stdout}`)
  const { summary } = Report.parse(JSON.parse(result.stdout))
  if (summary.totalCruised === 0) throw new Error(`dependency-cruiser saw 0 modules in ${root}`)
  return {
    modules: summary.totalCruised,
    dependencies: summary.totalDependenciesCruised,
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { modules, dependencies, violations } = checkImports()
  for (const { rule, from, to } of violations) console.error(`${rule}: ${from} → ${to}`)
  console.log(`imports: ${modules} modules, ${dependencies} imports, ${violations.length} against the rules`)
  process.exitCode = violations.length > 0 ? 1 : 0
}
