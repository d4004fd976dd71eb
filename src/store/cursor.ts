/** A place on the server's log, as the server gave it. */
export interface Cursor {
  readonly epoch: string
  readonly position: number
  readonly mark: string
}
