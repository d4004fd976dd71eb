/** What a checkpoint belongs to, and how far it goes. It counts only where all of it fits. */
export interface CheckpointHead {
  readonly projection: string
  /** Of the definition. */
  readonly version: number
  /** The log that was folded: the store's device and authority, and how often a part of it was replaced. */
  readonly device: string
  readonly authority: string
  readonly repairs: number
  /** Every confirmed event up to this position is folded. */
  readonly position: number
}

export interface StoredCheckpoint {
  readonly head: CheckpointHead
  readonly states: readonly (readonly [key: string, state: unknown])[]
}

export interface CheckpointChange {
  /** What has to be stored now; undefined: nothing. */
  readonly expected: CheckpointHead | undefined
  readonly next: CheckpointHead
  readonly states: StoredCheckpoint['states']
  /** The states that are stored already do not count any more. */
  readonly replaces: boolean
}

/**
 * Keeps what can be folded again at any time, so it may be lost: it uses relaxed durability, and a failure only costs time. Nothing here is the
 * truth; that is the log.
 */
export interface CheckpointStorage {
  load(projection: string): Promise<StoredCheckpoint | undefined>
  /**
   * In one transaction: writes if what is stored is what was expected. Answers what is stored afterwards, which is `next` exactly if it was
   * written: a slow tab must not move a checkpoint back.
   */
  save(change: CheckpointChange): Promise<CheckpointHead | undefined>
  close(): void
}

export function isSameHead(a: CheckpointHead | undefined, b: CheckpointHead | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return isSameLog(a, b) && a.projection === b.projection && a.version === b.version && a.position === b.position
}

export function isSameLog(
  a: Pick<CheckpointHead, 'device' | 'authority' | 'repairs'>,
  b: Pick<CheckpointHead, 'device' | 'authority' | 'repairs'>,
): boolean {
  return a.device === b.device && a.authority === b.authority && a.repairs === b.repairs
}
