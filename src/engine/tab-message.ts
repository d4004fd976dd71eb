import * as z from 'zod/mini'
import type { CommitChange } from '../store/commit-fate.ts'
import type { SyncState } from '../sync/sync-state.ts'

/** What the tabs of one store say to each other. Any of it may be lost. */
export type TabMessage =
  | { readonly kind: 'moved' }
  /** The store was destroyed: there is nothing to go on with. */
  | { readonly kind: 'destroyed' }
  | { readonly kind: 'changes'; readonly changes: readonly CommitChange[] }
  | { readonly kind: 'rebuilt'; readonly projection: string }
  | { readonly kind: 'sync-state'; readonly state: SyncState }
  | { readonly kind: 'sync-state?' }
  /** Answered by `sync-state`, and nothing else: is there a tab that leads? */
  | { readonly kind: 'sync-there?' }
  | { readonly kind: 'sync-hurry' }
  | { readonly kind: 'sync-now'; readonly id: string }
  /** Answered, as `sync-now`, by `sync-done`: when no request is on its way. */
  | { readonly kind: 'sync-idle?'; readonly id: string }
  | { readonly kind: 'sync-done'; readonly id: string }
  | { readonly kind: 'sync-pause' }
  | { readonly kind: 'sync-resume' }
  /** The leading tab's app has no token: has another? */
  | { readonly kind: 'token?'; readonly id: string }
  /** Nobody needs to look for one any more. */
  | { readonly kind: 'token-done'; readonly id: string }
  | {
      readonly kind: 'token-answer'
      /** Of the question. */
      readonly id: string
      readonly tab: string
      readonly is: 'asking' | 'none' | 'given'
      readonly token?: string | undefined
    }

const id = z.string()
/** The times are shown as dates: one that is none would throw there. */
const time = z.number().check(z.gte(-8.64e15), z.lte(8.64e15))

const change = z.lazy(() =>
  z.object({
    commit: id,
    to: z.enum(['pending', 'accepted', 'confirmed', 'rejected', 'replaced', 'discarded', 'held']),
    position: z.optional(z.number()),
    by: z.optional(id),
  }),
)

/** What is read of the leading tab's state. A tab of another build may know less or more. */
const state = z.lazy(() =>
  z.object({
    inFlight: z.boolean(),
    paused: z.optional(z.enum(['told', 'auth-required', 'forbidden', 'update-required'])),
    notBefore: time,
    problem: z.optional(z.object({ code: z.string(), message: z.string(), kind: z.enum(['offline', 'later']) })),
    lastSuccessAt: z.optional(time),
  }),
)

const message = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.object({ kind: z.enum(['moved', 'destroyed', 'sync-state?', 'sync-there?']) }),
    z.object({ kind: z.enum(['sync-hurry', 'sync-pause', 'sync-resume']) }),
    z.object({ kind: z.literal('changes'), changes: z.array(change) }),
    z.object({ kind: z.literal('rebuilt'), projection: z.string() }),
    z.object({ kind: z.literal('sync-state'), state }),
    z.object({ kind: z.enum(['sync-now', 'sync-idle?', 'sync-done', 'token?', 'token-done']), id }),
    z.object({
      ...{ kind: z.literal('token-answer'), id, tab: id },
      is: z.enum(['asking', 'none', 'given']),
      token: z.optional(z.string().check(z.minLength(1))),
    }),
  ]),
)

/** A channel is open to every script of the origin: what is not a message of ours is not listened to. */
export function isTabMessage(heard: unknown): heard is TabMessage {
  return message.safeParse(heard).success
}
