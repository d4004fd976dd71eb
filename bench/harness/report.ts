import { SLOW } from './append-job.ts'
import type { EngineKey, PeerKey } from './engines.ts'
import { type Environment, LONG_QUICK_RUN_MS } from './environment.ts'
import type { RowResult } from './measure-row.ts'
import type { Figure, FindFigure, GoalResult, Unit } from './row.ts'
import { rounded } from './statistics.ts'

/** What `bench/results/latest.json` holds. */
export interface Report {
  readonly environment: Environment
  readonly runs: readonly ReportedRow[]
}

export interface ReportedRow {
  readonly name: string
  readonly unit: Unit
  readonly what: string
  /** Absent where it could not be measured; `failures` says why. */
  readonly larder?: Figure
  readonly peers: { readonly [K in PeerKey]?: Figure }
  /** Above 1: Larder is better. */
  readonly ratio: { readonly [K in PeerKey]?: number }
  readonly goals: readonly GoalResult[]
  readonly notes: readonly string[]
  readonly failures: { readonly [K in EngineKey]?: string }
}

export function createReport(environment: Environment, results: readonly RowResult[]): Report {
  const find: FindFigure = (row, engine) => results.find((each) => each.row.name === row)?.figures.get(engine)
  return { environment, runs: results.map((result) => reportRow(result, environment, find)) }
}

function reportRow(
  { row, figures, failures }: RowResult,
  { events, runs }: Environment,
  find: FindFigure,
): ReportedRow {
  const larder = figures.get('larder')
  const peers = [...figures].filter((entry): entry is [PeerKey, Figure] => entry[0] !== 'larder')
  const ratios = peers.map(([key, { p50 }]) => [
    key,
    larder === undefined ? Number.NaN : ratioOf(row.isHigherBetter, larder.p50, p50),
  ])
  const once = peers.filter(([, figure]) => figure.runs < (row.runs ?? runs))
  const fewer = peers.filter(([, figure]) => (figure.events ?? events) < events && row.unit !== 'kB')
  return {
    name: row.name,
    unit: row.unit,
    what: row.what,
    ...(larder === undefined ? {} : { larder }),
    peers: Object.fromEntries(peers),
    ratio: Object.fromEntries(ratios),
    goals:
      larder === undefined
        ? []
        : (row.goals?.(larder, find) ?? []).map((goal) => ({ ...goal, value: rounded(goal.value) })),
    notes: [
      ...(row.notes ?? []),
      ...fewer.map(
        ([key, figure]) => `${key}: ${figure.events} events only, because it stores fewer than ${SLOW.rate} a second.`,
      ),
      ...once.map(([key]) => `${key}: one run only, because it took more than ${LONG_QUICK_RUN_MS / 1000} s.`),
    ],
    failures: Object.fromEntries(failures),
  }
}

function ratioOf(isHigherBetter: boolean, larder: number, peer: number): number {
  return rounded(isHigherBetter ? larder / peer : peer / larder)
}
