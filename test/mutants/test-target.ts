import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Findings, MutantTarget } from './run-mutant.ts'
import type { TestMutant } from './test-mutant.ts'

const Report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
})

/** Runs the named tests, and no others. */
export function testTarget(mutants: readonly TestMutant[]): MutantTarget {
  const files = [...new Set(mutants.map(({ test }) => test.file))]
  const names = mutants.map(({ test }) => literally(test.name.replaceAll(' > ', ' '))).join('|')
  return {
    paths: ['test', 'worker', 'vitest.config.ts'],
    compiled: files,
    run: async (copy) => {
      const report = join(copy.folder, 'report.json')
      await copy.run(process.execPath, [
        ...['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', ...files],
        ...['--testNamePattern', `^(${names})$`, '--reporter=json', `--outputFile=${report}`],
      ])
      return existsSync(report) ? readReport(JSON.parse(readFileSync(report, 'utf8')), copy.folder) : undefined
    },
  }
}

/** A test that fails by anything but its own assertion, such as a timeout or an error of the code, has found something else. */
export function readReport(report: unknown, root: string): Findings {
  const findings = new Map<string, readonly string[]>()
  for (const { name: file, assertionResults } of Report.parse(report).testResults) {
    for (const { ancestorTitles, title, status, failureMessages } of assertionResults) {
      const name = `${file.slice(file.indexOf(root) + root.length + 1)} > ${[...ancestorTitles, title].join(' > ')}`
      if (status === 'passed') findings.set(name, [])
      else if (status === 'failed') {
        const asserted = failureMessages?.some((message) => /^AssertionError\b/.test(message)) === true
        findings.set(name, [
          asserted ? name : `${name}, but not by an assertion: ${failureMessages?.[0]?.slice(0, 200)}`,
        ])
      }
    }
  }
  return findings
}

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
