import type { Claimed } from '../engine/account-desk.ts'

export interface SignOutOptions {
  /**
   * What becomes of what is on this device only: commits that the server has not accepted, and dead letters of those that it refused.
   *
   * - `'keep'`: the store is closed and stays as it is, for its account alone: whoever opens it again as the same account goes on from there.
   * - `'export'`: the same, and a backup of it is answered. With `save`, the store is destroyed once that has resolved.
   * - `'discard'`: it is lost.
   *
   * Default: none, and where there is anything, signing out is refused as `unsynced`.
   */
  unsynced?: 'keep' | 'export' | 'discard'
  /** With `'export'`: puts the backup where it is safe. When it resolves, the store is destroyed; when it rejects, nothing is. */
  save?: (backup: Blob) => Promise<unknown>
}

export interface SignedOut {
  /** What was on this device only, as a backup that `larder.backup.import` reads; undefined unless there was something, and it was asked for. */
  readonly backup: Blob | undefined
  /** Whether the store is gone. */
  readonly destroyed: boolean
}

export interface LarderAccount {
  /**
   * Copies what this store holds, which is of no account yet, into the store of an account under the same name: the oldest first, with its ids. Await it
   * before that store is opened, so that what is appended there comes behind. It can be made again after it broke off, and adds only what is missing.
   *
   * This store stays as it is, and is the account's from now on: no other can claim it. When a claim answers `unsynced: 0`, the server has everything, and
   * `larder.destroy({ discardUnsynced: true })` may remove it.
   *
   * @throws LarderError `argument`, `claimed`, and what opening and storing throw
   */
  claim(account: string): Promise<Claimed>
  /**
   * Ends a person's use of this device: where all is synced, the store is destroyed and closed. The next person's account has a store of its own in any case.
   *
   * @throws LarderError `unsynced` with how much there is: nothing has happened then; `argument`; what `save` throws, as it is
   */
  signOut(options?: SignOutOptions): Promise<SignedOut>
  /**
   * Removes the store from this device and closes it, in every tab. What is on the server stays there.
   *
   * @param options.discardUnsynced also what is on this device only is lost. Default false: then it is refused as `unsynced`
   * @throws LarderError `unsynced`, and what the storage throws
   */
  destroy(options?: { discardUnsynced?: boolean }): Promise<void>
}
