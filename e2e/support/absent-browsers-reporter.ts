import type { Reporter } from '@playwright/test/reporter'
import { absentBrowsers } from '../../test/run/other-browsers.ts'

/** Says at the end which browsers a run went without: tests that did not run have neither passed nor failed. */
class AbsentBrowsersReporter implements Reporter {
  onEnd(): void {
    const absent = absentBrowsers()
    if (absent !== undefined) console.log(`  ${absent}`)
  }

  printsToStdio(): boolean {
    return false
  }
}

// biome-ignore lint/style/noDefaultExport: Playwright takes a reporter as one
export default AbsentBrowsersReporter
