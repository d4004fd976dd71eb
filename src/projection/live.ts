import type { ShownStates } from './old-states.ts'
import type { Progress } from './progress.ts'
import type { ProjectionStates } from './projection-states.ts'

/** Runs a fold, and counts how long it took. */
export type Measure = <T>(projection: string, fold: () => T) => T

/** How a projection stands: not folded yet, folded anew, or up to the log. */
export type Phase = 'loading' | 'rebuilding' | 'live'

/** A projection that somebody looks at. */
export interface Live {
  states: ProjectionStates
  /** While it is, changes are not folded as they come: catching up reads them from the store. */
  isBehind: boolean
  catchingUp: Promise<void>
  phase: Phase
  /** What an earlier version has left, until this one is folded. */
  old: ShownStates | undefined
}

/** What can be shown of a projection. */
export interface Shown {
  /** Undefined where there is nothing yet that may be shown. */
  readonly states: ShownStates | undefined
  /** The same, where they are up to the log. */
  readonly current: ProjectionStates | undefined
  readonly phase: Phase
  readonly progress: Progress | undefined
}

/** Of a projection that nobody has asked for. */
export const showNothing: Shown = { states: undefined, current: undefined, phase: 'loading', progress: undefined }
