import type { Shape } from './meals.ts'
import type { Totals } from './totals.ts'

/** Between two appends of a row that has pauses: longer than that between two emissions of a view, so that each is the first after it. */
export const APPEND_PAUSE_MS = 40

/** What the harness may ask of a page, by name. Arguments and answers cross as JSON. */
export interface Jobs {
  'append-batches': { argument: AppendJob; answer: AppendAnswer }
  /** `pauseMs`: the page does nothing for so long before each. */
  'append-one': { argument: { warmUp: number; samples: number; pauseMs?: number }; answer: { ms: number[] } }
  'append-concurrent': { argument: { appends: number }; answer: { ms: number } }
  replay: { argument: { events: number; shape: Shape }; answer: { ms: number; totals: Totals } }
  /** `isCold`: without what the engine keeps beside the events to be quicker. */
  'first-state': { argument: { events: number; shape: Shape; isCold: boolean }; answer: { ms: number } }
  'read-stream': { argument: { events: number; shape: Shape; reads: number }; answer: { ms: number[] } }
  /** Of all files of the origin's private file system, which the browser's own count leaves out. */
  'file-bytes': { argument: undefined; answer: { bytes: number } }
  /** Has the browser open what the origin has stored, and nothing else. */
  'list-databases': { argument: undefined; answer: { databases: number } }

  // Larder alone.
  compact: { argument: undefined; answer: { segments: number } }
  'read-pages': { argument: { pages: number; limit: number }; answer: { firstMs: number; ms: number[] } }
  'append-to-view': { argument: { events: number; samples: number }; answer: { appendMs: number[]; viewMs: number[] } }
  'import-with-view': {
    argument: { events: number }
    answer: { longestMs: number; long: number; ms: number }
  }
  /** Over the log as it lies, with a view open on every state. */
  rebuild: {
    argument: { events: number }
    answer: {
      ms: number
      /** How long other calls took meanwhile. */
      callMs: number[]
      /** The longest task of the page over 50 ms; 0 if there was none. */
      longestMs: number
      /** Emissions that showed less than the one before. */
      backward: number
    }
  }
  'tab-open': { argument: undefined; answer: undefined }
  'tab-append': { argument: { appends: number; expectVersion: boolean }; answer: TabAnswer }
  'tab-check': { argument: { events: number }; answer: undefined }
  'open-views': { argument: { events: number }; answer: { views: number } }
  'drain-prepare': { argument: { commits: number; account: string }; answer: undefined }
  'drain-run': { argument: undefined; answer: { ms: number } }
  'rebase-prepare': { argument: { commits: number }; answer: undefined }
  'rebase-run': { argument: { pulled: number }; answer: { ms: number } }
}

export type JobName = keyof Jobs

export interface AppendJob {
  readonly events: number
  readonly batch: number
  readonly shape: Shape
  /** Events before the clock starts: code is compiled, files are made. At most one second of them. */
  readonly warmUp: number
  /** An engine that stores fewer events a second than `rate` while it warms up gets only so many, and one batch behind the warm-up at least. */
  readonly slow: { readonly rate: number; readonly events: number }
}

export interface AppendAnswer {
  /** In the store at the end, warm-up included. */
  readonly stored: number
  /** Of the timed part. */
  readonly events: number
  readonly ms: number
}

export interface TabAnswer {
  /** ms since 1970. */
  readonly startedAt: number
  readonly endedAt: number
  /** Appends that were told `concurrency` and tried again. */
  readonly conflicts: number
}
