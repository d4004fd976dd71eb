import { isLarderError } from '../../errors.ts'
import type { DomainEvent } from '../../event/recorded-event.ts'
import type { Codec } from '../../platform/ports.ts'
import type { AnyProjection } from '../../projection/define-projection.ts'
import type { DiscardedRecord, StreamBasis } from '../../store/records.ts'
import type { Prng } from '../chance/prng.ts'
import { differences } from '../compare/differences.ts'
import type { AppTab, SimApp } from './app-tab.ts'
import type { Attempt, History } from './history.ts'
import { describe, type Installation } from './installation.ts'
import type { ObservedLog } from './observed-log.ts'
import { eventsOf, refold } from './refold.ts'
import type { Violations } from './violations.ts'
import type { DiskWatch } from './watch-disk.ts'

export interface FinalState {
  /** A disk has lost or damaged a record. */
  hasLosses: boolean
  /** What the segments were sealed with. */
  readonly codec: Codec
  /** Picks what is asked of each tab, where not all is. */
  readonly prng: Prng
  readonly log: ObservedLog
  readonly history: History
  readonly violations: Violations
  readonly devices: readonly {
    readonly installation: Installation
    readonly watch: DiskWatch
  }[]
}

/** What must be so once everything has come to rest, from the disks and the server alone. */
export function checkRest(state: FinalState): void {
  checkNothingLost(state)
  checkOneOrder(state)
  checkGivenUp(state)
  checkExpectations(state)
}

function checkNothingLost({ log, history, violations, devices, hasLosses }: FinalState): void {
  const onServer = new Set(log.commits.map(({ id }) => id))
  const disks = new Map(devices.map(({ installation }) => [installation.device.name, installation.device.disk.tables]))
  const whereIs = ({ commit: { id }, device }: Attempt): 'server' | 'device' | DiscardedRecord | undefined => {
    if (onServer.has(id)) return 'server'
    const tables = disks.get(device)
    if (tables?.deadLetters.records.has(id) === true) return 'device'
    if ([...(tables?.pending.records.values() ?? [])].some((record) => record.id === id)) return 'device'
    return tables?.discarded.records.get(id)
  }
  for (const attempt of history.attempts.values()) {
    const place = whereIs(attempt)
    const { id } = attempt.commit
    if (attempt.outcome === 'acknowledged')
      violations.check(place !== undefined, 'nothing-lost', () => `acknowledged ${id}`)
    // What was stored the first time, and was lost by the disk when it was sent again, stands in its own way; and it is pulled again.
    if (attempt.outcome === 'refused' && !(attempt.isRepeated && hasLosses))
      violations.check(place === undefined, 'exactly-once', () => `refused ${id} is stored`)
    if (typeof place !== 'object' || place.why !== 'replaced') continue
    const successor = history.attempts.get(place.note)
    const isKept = successor !== undefined && whereIs(successor) !== undefined
    violations.check(isKept, 'nothing-lost', () => `${place.note}, which replaced ${id}`)
  }
}

/** What was given up or replaced can never be accepted any more, however late a copy of it arrives. */
function checkGivenUp({ log, history, violations, devices }: FinalState): void {
  const accepted = new Set(log.commits.map(({ id }) => history.firstOfLine(id)))
  for (const { installation } of devices) {
    for (const id of installation.device.disk.tables.discarded.records.keys()) {
      const isOver = log.withdrawn.has(id) || accepted.has(history.firstOfLine(id))
      violations.check(isOver, 'exactly-once', () => `${id} was given up, and the server may still accept it`)
    }
  }
}

function checkOneOrder({ log, violations, devices }: FinalState): void {
  for (const { installation } of devices) {
    const { name, disk } = installation.device
    const { meta, confirmed, pending } = disk.tables
    violations.check(pending.records.size === 0, 'outbox-empty', () => `${name}: ${pending.records.size} are pending`)
    // What lies below the head was compared, commit by commit, when it was confirmed.
    const head = confirmed.keys.last ?? 0
    violations.check(head === log.head, 'one-order', () => `${name} is at ${head}, the server at ${log.head}`)
    const epoch = meta.records.get('log')?.cursor?.epoch
    violations.check(epoch === log.epoch, 'one-order', () => `${name} follows ${epoch}, the server is ${log.epoch}`)
  }
}

/** A commit that expected a version counts only right behind what its device saw then, or what took its place. */
function checkExpectations({ log, history, violations, devices }: FinalState): void {
  const bases = new Map(devices.flatMap(({ watch }) => [...watch.bases]))
  const streams = new Map<string, string[]>()
  for (const { id, events } of log.commits) {
    const expected = history.attempts.get(id)?.commit.expected ?? {}
    for (const [stream, basis] of Object.entries(bases.get(id) ?? {})) {
      if (expected[stream] === undefined || expected[stream] === 'streamExists' || log.wasAccepted(id)) continue
      const stoodOn = new Set([...standsOn(basis, stream, bases)].map((each) => history.firstOfLine(each)))
      const before = (streams.get(stream) ?? []).slice(basis.confirmed)
      const foreign = before.find((each) => !stoodOn.has(history.firstOfLine(each)))
      violations.check(foreign === undefined, 'expectations', () => `${id} was accepted behind ${foreign} in ${stream}`)
    }
    for (const { stream } of events) {
      const commits = streams.get(stream)
      if (commits === undefined) streams.set(stream, [id])
      else commits.push(id)
    }
  }
}

/** Also what it stands on by those that it names. */
function standsOn(basis: StreamBasis, stream: string, bases: ReadonlyMap<string, Bases>): Set<string> {
  const ids = new Set(basis.behind.map(({ id }) => id))
  for (const { id, also } of basis.behind) {
    const link = also === undefined ? undefined : bases.get(id)?.[stream]
    if (link !== undefined) for (const each of standsOn(link, stream, bases)) ids.add(each)
  }
  return ids
}

type Bases = Readonly<Record<string, StreamBasis>>

/** Brings every tab up to date, as it does itself before it answers anything. */
export async function refreshAll({ devices, violations }: FinalState): Promise<void> {
  for (const app of devices.flatMap(({ installation }) => installation.open)) {
    try {
      await app.engine?.refresh()
    } catch (error) {
      violations.add('no-defect', `${app.tab.name}: refresh failed with ${describe(error)}`)
    }
  }
}

/** What every tab shows and answers is what the server's log says to the release that it runs. */
export async function checkStates(final: FinalState): Promise<void> {
  const { log, devices, violations, prng } = final
  const truths = new Map<SimApp, Truth>()
  for (const { installation } of devices) {
    const { app: runs } = installation
    const truth = truths.get(runs) ?? truthOf(runs, log, violations)
    truths.set(runs, truth)
    for (const app of installation.open) {
      const where = (what: string): string => `${app.tab.name}: ${what}`
      for (const [index, { projection, layer }] of runs.views.entries()) {
        const states = truth.get(projection)
        const shown = app.screens[index]
        if (states === undefined) continue
        const keys = [...new Set([...states.keys(), ...(shown?.keys() ?? [])])]
        const asked = prng.between(0, keys.length - 1)
        for (const [number, key] of keys.entries()) {
          const initial = runs.domain.projections.get(projection)?.initialState()
          const expected = states.has(key) ? states.get(key) : initial
          const check = (what: string, actual: unknown): void => {
            const found = differences(expected, actual)
            violations.check(found.length === 0, 'same-state', () =>
              where(`${projection} '${key}' (${layer}) is not what is ${what}: ${found.join('; ')}`),
            )
          }
          if (shown !== undefined) check('shown', shown.get(key))
          if (!runs.samples || number === asked) check('answered', await ask(app, projection, key, layer))
        }
      }
    }
  }
}

/** The states of each projection, by key; undefined for one that stops at an event. */
type Truth = ReadonlyMap<string, ReadonlyMap<string, unknown> | undefined>

function truthOf({ domain }: SimApp, log: ObservedLog, violations: Violations): Truth {
  const events = eventsOf(domain.catalog, log.commits)
  return new Map([...domain.projections].map(([name, each]) => [name, statesOf(each, events, violations)]))
}

/** Undefined for a projection that stops at an event: there is nothing to compare. */
function statesOf(
  projection: AnyProjection,
  events: readonly DomainEvent[],
  violations: Violations,
): ReadonlyMap<string, unknown> | undefined {
  try {
    return refold(projection, events)
  } catch (error) {
    violations.add('same-state', `${projection.name} throws: ${describe(error)}`)
    return undefined
  }
}

async function ask({ engine }: AppTab, projection: string, key: string, layer: 'all' | 'confirmed'): Promise<unknown> {
  try {
    return await engine?.get(projection, key, layer)
  } catch (error) {
    return isLarderError(error) ? error.code : error
  }
}
