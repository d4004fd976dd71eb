import { z } from 'zod'

/** How many checks passed and failed. `note` says what a reader would miss in the numbers. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly note?: string
}

/** A command that is one check by itself: it passes when it exits with 0. */
export function oneCheck(code: number | undefined): Counts {
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, note: `exit code ${code ?? 'none'}` }
}

const VitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
})

const PlaywrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
  errors: z.array(z.unknown()),
})

/** Never lets a run look better than it was: no tests is a failure, and so is an exit code that no failed test explains. */
function settle(passed: number, failed: number, skipped: number, code: number | undefined): Counts {
  const skips = skipped > 0 ? `${skipped} skipped` : undefined
  if (failed === 0 && code !== 0)
    return { passed, failed: 1, note: `exit code ${code ?? 'none'} without a failed test` }
  if (passed + failed === 0) return { passed: 0, failed: 1, note: ['ran no tests', skips].filter(Boolean).join(', ') }
  return skips === undefined ? { passed, failed } : { passed, failed, note: skips }
}

function parse<T>(schema: z.ZodType<T>, report: string | undefined): T | undefined {
  if (report === undefined) return undefined
  try {
    return schema.parse(JSON.parse(report))
  } catch {
    return undefined
  }
}

const noReport: Counts = { passed: 0, failed: 1, note: 'no readable report' }

/** Counts of Vitest's JSON report. A file that could not be loaded, and so has no tests, counts as one failure. */
export function vitestCounts(report: string | undefined, code: number | undefined): Counts {
  const parsed = parse(VitestReport, report)
  if (parsed === undefined) return noReport
  const broken = parsed.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  )
  const skipped = parsed.numPendingTests + parsed.numTodoTests
  return settle(parsed.numPassedTests, parsed.numFailedTests + broken.length, skipped, code)
}

/** Counts of Playwright's JSON report. A flaky test failed once, so it failed. */
export function playwrightCounts(report: string | undefined, code: number | undefined): Counts {
  const parsed = parse(PlaywrightReport, report)
  if (parsed === undefined) return noReport
  const { expected, unexpected, flaky, skipped } = parsed.stats
  return settle(expected, unexpected + flaky + parsed.errors.length, skipped, code)
}

/** The same counts, and something else that a reader would miss in them. */
export function withNote(counts: Counts, note: string | undefined): Counts {
  if (note === undefined) return counts
  return { ...counts, note: counts.note === undefined ? note : `${counts.note}; ${note}` }
}
