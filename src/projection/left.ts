import type { CheckpointHead } from './checkpoint-storage.ts'
import type { Kept } from './fold-input.ts'
import type { OldStates } from './old-states.ts'

/** Which log something was folded from. */
export type Log = Pick<CheckpointHead, 'device' | 'authority' | 'repairs'>

/** What was left of a projection. */
export interface Left {
  /** That it was found to fit. */
  readonly log: Log
  /** Where to begin; undefined when all has to be folded. */
  readonly from: Kept | undefined
  /** What is stored was up to the log once: else it goes on, and only then stands for what was there before it. */
  readonly isWhole: boolean
  /** Of the states that are stored, or that have to be folded from the beginning. */
  readonly build: number
  /** Somebody asked for a later build, and it was not finished. */
  readonly isRebuildWanted: boolean
  /** It was folded before, as another version or over another log, and is not begun from nothing for the first time. */
  readonly isRebuild: boolean
  /** What an earlier version has left, where the definition can show it. */
  readonly old: OldStates | undefined
}

export const NOTHING_LEFT: Omit<Left, 'log'> = {
  from: undefined,
  isWhole: false,
  build: 0,
  isRebuildWanted: false,
  isRebuild: false,
  old: undefined,
}
