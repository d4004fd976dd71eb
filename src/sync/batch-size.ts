import { BATCH_TARGETS, type BatchLimits } from './build-request.ts'

/**
 * How many commits the next request may carry, as values. A request that is refused as a whole is first made without any commit: if that
 * is refused too, no commit is at fault. Else the batch is halved until the one commit that is at fault stands alone.
 */
export interface BatchSize {
  /** Most commits of the next request; 0 is a probe. */
  readonly commits: number
  /** A probe went through since the last refusal: the commits are to blame. */
  readonly probed: boolean
  /** Commits of the request that was refused. */
  readonly refused: number
}

export const FULL_BATCH: BatchSize = { commits: BATCH_TARGETS.commits, probed: false, refused: 0 }

/** What the server said that it takes in one request. */
export type ServerLimits = Pick<BatchLimits, 'commits' | 'bytes'>

/**
 * While something is at fault, withdrawals stay behind: they must not be mistaken for it, nor hold up the rest.
 *
 * @param server undefined before the first answer
 */
export function limitsOf(size: BatchSize, server: ServerLimits = BATCH_TARGETS): BatchLimits {
  const isFull = size.commits === FULL_BATCH.commits
  return {
    ...BATCH_TARGETS,
    commits: Math.min(size.commits, server.commits),
    bytes: Math.min(BATCH_TARGETS.bytes, server.bytes),
    withdrawals: isFull ? BATCH_TARGETS.withdrawals : 0,
  }
}

/** What a request carried that could be at fault. */
export interface Carried {
  readonly commits: number
  readonly withdrawals: number
}

/** What to do about a request that was refused as a whole. */
export type Blame =
  | { readonly blame: 'nobody-yet'; readonly next: BatchSize }
  /** The request is wrong without any commit. */
  | { readonly blame: 'protocol' }
  /** It was the only commit of its request, and the server takes requests without it. */
  | { readonly blame: 'commit' }

export function onRefused(size: BatchSize, { commits, withdrawals }: Carried): Blame {
  if (commits + withdrawals === 0) return { blame: 'protocol' }
  if (!size.probed) return { blame: 'nobody-yet', next: { commits: 0, probed: false, refused: commits } }
  return commits === 1 ? { blame: 'commit' } : { blame: 'nobody-yet', next: halved(size, commits) }
}

/** What to do about a request that was too large: the size is to blame, but for something between that says so of every request. */
export function onTooLarge(size: BatchSize, { commits, withdrawals }: Carried): Blame {
  if (commits + withdrawals === 0) return { blame: 'protocol' }
  if (commits > 1 || withdrawals > 0) return { blame: 'nobody-yet', next: halved(size, commits) }
  return size.probed
    ? { blame: 'commit' }
    : { blame: 'nobody-yet', next: { commits: 0, probed: false, refused: commits } }
}

/** After a commit that was too large even alone: one at a time, as the next may be too. */
export const ONE_BY_ONE: BatchSize = { commits: 1, probed: false, refused: 0 }

/** After a request that went through: from a probe on to half of what was refused, else doubling back to a full batch. */
export function onAccepted(size: BatchSize): BatchSize {
  if (size.commits === 0)
    return { commits: Math.max(1, Math.floor(size.refused / 2)), probed: true, refused: size.refused }
  const commits = Math.min(BATCH_TARGETS.commits, size.commits * 2)
  return commits === BATCH_TARGETS.commits ? FULL_BATCH : { ...size, commits }
}

function halved(size: BatchSize, commits: number): BatchSize {
  return { ...size, commits: Math.max(1, Math.floor(commits / 2)), refused: commits }
}
