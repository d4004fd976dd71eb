import { z } from 'zod'
import { idsAtStart, type NamedTest } from './catalogue.ts'

const VitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(
        z.object({ ancestorTitles: z.array(z.string()), title: z.string(), status: z.string() }),
      ),
    }),
  ),
})

interface Suite {
  title: string
  specs: { title: string; tests: { status: string }[] }[]
  suites?: Suite[] | undefined
}
const Suite: z.ZodType<Suite> = z.object({
  title: z.string(),
  specs: z.array(z.object({ title: z.string(), tests: z.array(z.object({ status: z.string() })) })),
  suites: z.lazy(() => z.array(Suite)).optional(),
})
const PlaywrightReport = z.object({ suites: z.array(Suite) })

/** Tests named after a row that passed, by Vitest's JSON report. */
export function passedInVitest(report: unknown): readonly NamedTest[] {
  return VitestReport.parse(report).testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed')
      .map(({ ancestorTitles, title }) => ({
        place: file.endsWith('.browser.test.ts') ? ('browser' as const) : ('unit' as const),
        ids: [...ancestorTitles, title].flatMap(idsAtStart),
      })),
  )
}

/** The same by Playwright's: what passed in every browser that it ran in. */
export function passedInPlaywright(report: unknown): readonly NamedTest[] {
  const passedIn = ({ title, specs, suites = [] }: Suite, above: readonly string[]): readonly NamedTest[] => {
    const ids = [...above, ...idsAtStart(title)]
    return [
      ...specs
        .filter(({ tests }) => tests.length > 0 && tests.every(({ status }) => status === 'expected'))
        .map((spec) => ({ place: 'e2e' as const, ids: [...ids, ...idsAtStart(spec.title)] })),
      ...suites.flatMap((suite) => passedIn(suite, ids)),
    ]
  }
  return PlaywrightReport.parse(report).suites.flatMap((suite) => passedIn(suite, []))
}
