import type { Counts } from './counts.ts'
import type { StageOutcome } from './stages.ts'

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`

/** One line for a stage that passed; for one that failed, all that it wrote. */
export function describeOutcome({ stage, counts, result }: StageOutcome): string {
  const numbers = [`${counts.passed} passed`, ...(counts.failed > 0 ? [`${counts.failed} failed`] : [])].join(', ')
  const note = counts.note === undefined ? '' : ` (${counts.note})`
  const mark = counts.failed > 0 ? '✗' : '✓'
  const lines = [`${mark} ${stage.name.padEnd(10)} ${numbers}${note}, ${seconds(result.durationMs)}`]
  for (const leftover of result.leftovers) lines.push(`  left running, killed: ${leftover}`)
  if (counts.failed > 0) lines.push(`── ${stage.command.join(' ')}`, result.output.trimEnd(), `── end of ${stage.name}`)
  return lines.join('\n')
}

export function total(counts: readonly Counts[]): Counts {
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
  }
}

/** The last line of every test command; `.ci/run` adds these up. */
export const lastLine = ({ passed, failed }: Counts) => `${passed} passed, ${failed} failed`
