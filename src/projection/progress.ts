/** How far a projection is folded from the beginning, in events. */
export interface Progress {
  readonly done: number
  readonly of: number
}

/** Progress is told this often on the way, however long the log is. */
const STEPS = 20

/** Tells of progress in steps that a person can see. */
export class ProgressSteps {
  readonly #tell: (progress: Progress) => void
  #told: Progress | undefined

  constructor(tell: (progress: Progress) => void) {
    this.#tell = tell
  }

  note(done: number, of: number): void {
    // What ends with the first look is not worth a word.
    if (done >= of || (this.#told !== undefined && done - this.#told.done < of / STEPS)) return
    this.#told = { done, of }
    this.#tell(this.#told)
  }
}
