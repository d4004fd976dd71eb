import { type EngineKey, type PeerKey, peerKeys } from './engines.ts'
import type { Report, ReportedRow } from './report.ts'
import type { Figure } from './row.ts'

/** The report for people: figures with ratios, then goals, then what has to be known about them. */
export function formatReport(report: Report): string {
  const { environment, runs } = report
  const shown = peerKeys.filter((key) => runs.some(({ peers, failures }) => key in peers || key in failures))
  const { mode, events, runs: times, cores, processor, chromium, date } = environment
  return [
    `${mode}: ${events} events, median of ${times}; Chromium ${chromium}, ${cores} × ${processor}; ${date}`,
    'In brackets: how many times better Larder is. below 1: the peer is better.',
    '',
    ...formatTable([headOf(shown), ...runs.map((row) => lineOf(row, shown))]),
    '',
    'Goals',
    ...runs.flatMap(goalLines),
    '',
    'Notes',
    ...runs.flatMap(noteLines),
    ...environment.conditions.map((condition) => `  ${condition}`),
  ].join('\n')
}

function headOf(shown: readonly PeerKey[]): readonly string[] {
  return ['row', 'unit', 'larder p50', 'p95', ...shown]
}

function lineOf(
  { name, unit, larder, peers, ratio, failures }: ReportedRow,
  shown: readonly PeerKey[],
): readonly string[] {
  const cell = (key: PeerKey): string => {
    const figure = peers[key]
    if (figure === undefined) return failures[key] === undefined ? '' : 'failed'
    return `${short(figure.p50)} (${short(ratio[key] ?? Number.NaN)})`
  }
  return [
    name,
    unit,
    larder === undefined ? 'failed' : short(larder.p50),
    larder === undefined ? '' : short(larder.p95),
    ...shown.map(cell),
  ]
}

function formatTable(lines: readonly (readonly string[])[]): readonly string[] {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines.map((line) =>
    line
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

function goalLines({ name, goals }: ReportedRow): readonly string[] {
  return goals.map(({ text, value, met }) => `  ${met ? 'met   ' : 'MISSED'} ${name}: ${text}: ${short(value)}`)
}

function noteLines({ name, larder, notes, failures }: ReportedRow): readonly string[] {
  const also = alsoOf(larder)
  return [
    ...(also === '' ? [] : [`  ${name}: Larder's ${also}`]),
    ...notes.map((note) => `  ${name}: ${note}`),
    ...(Object.entries(failures) as [EngineKey, string][]).map(
      ([key, reason]) => `  ${name}: ${key} FAILED: ${reason}`,
    ),
  ]
}

function alsoOf(figure: Figure | undefined): string {
  return Object.entries(figure?.also ?? {})
    .map(([label, value]) => `${label} ${short(value)}`)
    .join(', ')
}

function short(value: number): string {
  if (Number.isNaN(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}
