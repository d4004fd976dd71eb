/** The entry for React 18 and later, and for Preact through `preact/compat`. */
export { LarderProvider, type LarderProviderProps, useLarder } from './context.ts'
export { useCommits, useDeadLetters, useSyncStatus } from './use-status.ts'
export { useView, useViewState } from './use-view.ts'
export { useViewRange } from './use-view-range.ts'
