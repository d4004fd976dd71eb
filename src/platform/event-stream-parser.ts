/** The longest event that is taken, in UTF-16 units: a stream without an end to its lines or events must not fill the memory. */
const MAX_EVENT = 1024 * 1024

/**
 * Reads a stream of server-sent events (HTML Standard, section 9.2) piece by piece, wherever the pieces are cut. Tells the data of each event,
 * and undefined for each comment, which servers send to show that they are alive. Names, ids and retry times are not ours.
 */
export class EventStreamParser {
  readonly #tell: (data: string | undefined) => void
  #line = ''
  #data: string[] = []
  #size = 0
  /** The last piece ended in a carriage return: a line feed that comes next belongs to it. */
  #endedInReturn = false

  constructor(tell: (data: string | undefined) => void) {
    this.#tell = tell
  }

  push(piece: string): void {
    if (piece === '') return
    const text = this.#endedInReturn && piece.startsWith('\n') ? piece.slice(1) : piece
    this.#endedInReturn = piece.endsWith('\r')
    const lines = text.split(/\r\n|\n|\r/)
    // The last one goes on in the next piece.
    const rest = lines.pop() ?? ''
    for (const line of lines) {
      const whole = this.#line + line
      this.#line = ''
      this.#takeLine(whole)
    }
    this.#line += rest
    if (this.#size + this.#line.length > MAX_EVENT) throw new RangeError('An event of the stream is too long')
  }

  #takeLine(line: string): void {
    if (line === '') this.#endEvent()
    else if (line.startsWith(':')) this.#tell(undefined)
    else this.#takeField(line)
  }

  #takeField(line: string): void {
    const colon = line.indexOf(':')
    if ((colon < 0 ? line : line.slice(0, colon)) !== 'data') return
    const value = colon < 0 ? '' : line.slice(colon + 1)
    this.#data.push(value.startsWith(' ') ? value.slice(1) : value)
    this.#size += line.length
  }

  #endEvent(): void {
    if (this.#data.length === 0) return
    const data = this.#data.join('\n')
    this.#data = []
    this.#size = 0
    this.#tell(data)
  }
}
