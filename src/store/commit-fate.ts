/** Fate of a commit that is not yet confirmed. */
export interface CommitFate {
  readonly state: 'pending' | 'held' | 'rejected'
  readonly commitId: string
}

/** A change of a commit's fate. */
export interface CommitChange {
  readonly commit: string
  readonly to: 'pending' | 'accepted' | 'confirmed' | 'rejected' | 'replaced' | 'discarded' | 'held'
  readonly position: number | undefined
  /** Of one that was replaced: the commit that is in its place now. */
  readonly by?: string
}
