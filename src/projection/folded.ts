import type { CheckpointHead, StoredCheckpoint } from './checkpoint-storage.ts'
import type { CheckpointsOptions } from './checkpoints-options.ts'
import type { AnyProjection } from './define-projection.ts'
import type { Kept } from './fold-input.ts'
import type { Log } from './left.ts'
import type { ProjectionStates } from './projection-states.ts'
import type { UnreadableEvents } from './unreadable-events.ts'

/** Where the states of a rebuild lie until they are finished: beside those that are shown, which move on meanwhile. */
export const besideOf = (projection: string) => `${projection}\u0000beside`

/** What states are folded from, and what they are for. */
export interface Folded {
  readonly log: Log
  readonly build: number
  /** See {@link Left}. */
  readonly isWhole: boolean
  readonly isBeside: boolean
}

/** The head of a checkpoint of states as they are now, of the log as it is now. */
export function headOf(
  states: ProjectionStates,
  { build, isWhole, isBeside }: Folded,
  {
    place,
    log: { device, authority, repairs },
    domain,
  }: { readonly place: string; readonly log: Log; readonly domain: CheckpointsOptions['domain'] },
): CheckpointHead {
  const { projection, position, mark, keptFaults } = states
  const { version } = projection
  const unreadable = states.unreadable.all
  const read = { by: readingOf(domain, projection, unreadable, isBeside), unreadable }
  return {
    ...{ projection: place, version, device, authority, repairs, build, position, mark, read },
    ...(keptFaults === undefined ? {} : { faults: keptFaults }),
    ...(isWhole ? {} : { isUnfinished: true }),
  }
}

/** @param ofApp no other version of the app may go on with it */
export function readingOf(
  { catalog, version }: CheckpointsOptions['domain'],
  { types }: AnyProjection,
  unreadable: readonly UnreadableEvents[],
  ofApp = false,
): string {
  const reading = catalog.readingOf(types)
  return ofApp || unreadable.some(({ reason }) => reason === 'unreadable') ? `${reading} of ${version}` : reading
}

export function keptOf({ head: { position, mark, faults, read }, states }: StoredCheckpoint): Kept {
  return { position, mark, states, faults, unreadable: read?.unreadable ?? [] }
}
