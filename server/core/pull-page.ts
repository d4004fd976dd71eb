import type { ExchangeRequest, ExchangeResponse, WireEvent, WirePulledCommit } from '../../src/sync/wire.ts'
import { FIRST_MARK } from './fingerprint.ts'
import type { ExchangeLimits } from './limits.ts'
import { type LogCommit, type LogTransaction, lastPositionOf } from './server-log.ts'

/** What the device lacks, from its cursor on. Commits in `echo` go without their bodies. */
export async function pullPage(
  request: ExchangeRequest,
  echo: ReadonlySet<string>,
  log: LogTransaction,
  limits: ExchangeLimits,
): Promise<Pick<ExchangeResponse, 'head' | 'commits' | 'cursor' | 'more'>> {
  const start = request.cursor ?? { position: 0, mark: FIRST_MARK }
  const bounds = { events: Math.min(request.limit, limits.pageEvents), units: limits.pageUnits }
  const commits = await log.read(start.position, bounds)
  const last = commits.at(-1)
  const position = last === undefined ? start.position : lastPositionOf(last)
  const head = (await log.head()).position
  return {
    head,
    commits: commits.map((commit) => toPulled(commit, echo.has(commit.id))),
    cursor: { epoch: log.epoch, position, mark: last?.mark ?? start.mark },
    more: position < head,
  }
}

function toPulled({ id, device, seq, position, receivedAt, events }: LogCommit, echo: boolean): WirePulledCommit {
  const place = { id, device, seq, position, receivedAt }
  return echo ? { ...place, echo: true } : { ...place, events: events.map(toEvent) }
}

function toEvent(text: string): WireEvent {
  return JSON.parse(text)
}
