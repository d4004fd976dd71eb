import { endCommandsWithThisProcess } from './command.ts'
import { findBrowser } from './find-browser.ts'
import { describeOutcome, lastLine, total } from './report.ts'
import { runStages, type Stage } from './stages.ts'

async function provideBrowser(): Promise<void> {
  try {
    process.env.CHROMIUM_PATH = (await findBrowser()).executablePath
  } catch (error) {
    // The stages that need one fail by themselves; this says why, once.
    console.log(error instanceof Error ? error.message : String(error))
  }
}

/** Runs the stages that have something to run, prints each outcome and the sum, and sets the exit code. */
export async function runSession(root: string, stages: readonly Stage[], atOnce: number): Promise<void> {
  endCommandsWithThisProcess()
  for (const { name, absent } of stages) {
    if (absent !== undefined) console.log(`- ${name.padEnd(10)} not run: ${absent}`)
  }
  const present = stages.filter(({ absent }) => absent === undefined)
  if (present.some(({ browser }) => browser === true)) await provideBrowser()
  const outcomes = await runStages(root, present, atOnce, (outcome) => console.log(describeOutcome(outcome)))
  const sum = total(outcomes.map(({ counts }) => counts))
  process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0
  console.log(lastLine(sum))
}
