/** Makes lines of text that comes in pieces. */
export class LineSplitter {
  #rest = ''

  /** What has no line feed behind it yet. */
  get rest(): string {
    return this.#rest
  }

  /** The lines that are complete now. */
  push(piece: string): string[] {
    // Only the new piece is searched: a long line in many pieces is not read again with each.
    const [first = '', ...others] = piece.split('\n')
    const last = others.pop()
    if (last === undefined) {
      this.#rest += first
      return []
    }
    const lines = [this.#rest + first, ...others]
    this.#rest = last
    return lines
  }
}
