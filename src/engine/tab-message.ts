import type { CommitChange } from '../store/commit-fate.ts'
import type { SyncState } from '../sync/sync-state.ts'

/** What the tabs of one store say to each other. Any of it may be lost. */
export type TabMessage =
  | { readonly kind: 'moved' }
  | { readonly kind: 'changes'; readonly changes: readonly CommitChange[] }
  | { readonly kind: 'sync-state'; readonly state: SyncState }
  | { readonly kind: 'sync-state?' }
  | { readonly kind: 'sync-hurry' }
  | { readonly kind: 'sync-now'; readonly id: string }
  | { readonly kind: 'sync-done'; readonly id: string }
  | { readonly kind: 'sync-pause' }
  | { readonly kind: 'sync-resume' }

const KINDS: ReadonlySet<unknown> = new Set([
  'moved',
  'changes',
  'sync-state',
  'sync-state?',
  'sync-hurry',
  'sync-now',
  'sync-done',
  'sync-pause',
  'sync-resume',
])

/** A channel is open to every script of the origin: what is not a message of ours is not listened to. */
export function isTabMessage(message: unknown): message is TabMessage {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return false
  if (message.kind === 'changes') return 'changes' in message && Array.isArray(message.changes)
  return KINDS.has(message.kind)
}
