/** Something to be done for a stream; it never rejects. Its lane is free again when it resolves. */
export type LaneTask = () => Promise<void>

/** Tasks of one stream run one after the other; those of different streams beside each other, at most so many at a time. */
export class Lanes {
  readonly #limit: number
  readonly #lanes = new Map<string, LaneTask[]>()
  /** Streams whose first task may start. */
  readonly #ready = new Set<string>()
  /** Tasks that have waited for their time, and go on before others begin. */
  readonly #returning: (() => void)[] = []
  readonly #begun = new Set<Promise<void>>()
  #running = 0
  #isOver = false

  constructor(limit: number) {
    this.#limit = limit
  }

  add(stream: string, task: LaneTask): void {
    const lane = this.#lanes.get(stream)
    if (lane === undefined) {
      this.#lanes.set(stream, [task])
      this.#ready.add(stream)
    } else lane.push(task)
    this.#pump()
  }

  /** A task waits for a time: until it has its place back, another stream may run. */
  async stepAside(wait: () => Promise<void>): Promise<void> {
    this.#running--
    this.#pump()
    await wait()
    if (this.#isOver) return
    await new Promise<void>((resolve) => {
      this.#returning.push(resolve)
      this.#pump()
    })
  }

  /** Starts nothing more. Resolves when what has begun is over. */
  async end(): Promise<void> {
    this.#isOver = true
    for (const resolve of this.#returning.splice(0)) resolve()
    await Promise.all(this.#begun)
  }

  #pump(): void {
    while (this.#running < this.#limit && !this.#isOver) {
      const goOn = this.#returning.shift()
      if (goOn !== undefined) {
        this.#running++
        goOn()
        continue
      }
      const [stream] = this.#ready
      if (stream === undefined) return
      this.#ready.delete(stream)
      const task = this.#lanes.get(stream)?.[0]
      if (task !== undefined) void this.#run(stream, task)
    }
  }

  async #run(stream: string, task: LaneTask): Promise<void> {
    this.#running++
    const done = task()
    this.#begun.add(done)
    await done
    this.#begun.delete(done)
    this.#running--
    const lane = this.#lanes.get(stream)
    lane?.shift()
    if (lane === undefined || lane.length === 0) this.#lanes.delete(stream)
    else this.#ready.add(stream)
    this.#pump()
  }
}
