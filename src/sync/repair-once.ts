import { nameOfError } from '../errors.ts'
import type { Logger } from '../platform/ports.ts'

/** Where the server can be reached, what is damaged here is pulled again: once at a time, and what goes wrong is for the log. */
export class RepairOnce {
  readonly #logger: Logger
  #isRunning = false

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /**
   * @param repair answers how many ranges were replaced
   * @param isOurs whether what went wrong is still this tab's to tell
   */
  async run(repair: () => Promise<number>, isOurs: () => boolean): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    try {
      const replaced = await repair()
      if (replaced > 0) this.#logger.info('sync: damaged parts of the log were pulled again', { replaced })
    } catch (error) {
      if (isOurs())
        this.#logger.error('sync: a damaged part of the log could not be replaced', { error: nameOfError(error) })
    } finally {
      this.#isRunning = false
    }
  }
}
