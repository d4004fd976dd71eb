/** What the tests call on the page. */
export interface MealsPage {
  /** Appends meals of these ids, each by itself; resolves when all are acknowledged. */
  append(ids: readonly string[]): Promise<void>
  /** Appends so many meals, ten to a commit. */
  appendMany(count: number, prefix: string): Promise<void>
  /** All meals of the log, in its order, with what is not confirmed behind. */
  meals(): Promise<{ readonly confirmed: string[]; readonly pending: string[] }>
  syncNow(): Promise<void>
  pause(): Promise<void>
  resume(): Promise<void>
  stands(): { readonly leader: boolean; readonly pending: number; readonly state: string }
  /** Takes the log of this device for itself, as a slow write of another tab does, until {@link release}. */
  block(): Promise<void>
  release(): void
  /** The longest task of the page since the last call, in ms. */
  longestTask(): number
}

declare global {
  var chaos: MealsPage
}
