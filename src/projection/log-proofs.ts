import { type CheckpointHead, isSameLog } from './checkpoint-storage.ts'
import type { CheckpointsOptions } from './checkpoints-options.ts'

/** Whether checkpoints are of the log that is there. One that was set back, by a backup of the profile or a disk that lost its end, may have gone on with something else. */
export class LogProofs {
  readonly #options: Pick<CheckpointsOptions, 'log' | 'hasMark'>
  /** Of heads that were found to be of this log, or are being looked for in it. */
  readonly #proofs = new WeakMap<CheckpointHead, Promise<boolean>>()

  constructor(options: Pick<CheckpointsOptions, 'log' | 'hasMark'>) {
    this.#options = options
  }

  /** @throws LarderError what reading the log throws */
  async has(head: CheckpointHead): Promise<boolean> {
    const { log, hasMark } = this.#options
    if (!isSameLog(head, log()) || head.position > log().head || head.mark === undefined) return false
    const proof = this.#proofs.get(head) ?? hasMark(head.position, head.mark)
    this.#proofs.set(head, proof)
    let isProved = false
    try {
      isProved = await proof
    } finally {
      if (!isProved) this.#proofs.delete(head)
    }
    return isProved
  }

  /** Asks now, for whoever asks later. */
  ask(head: CheckpointHead): void {
    // Who asks then is told of a failure.
    this.has(head).catch(() => undefined)
  }

  /** It was made of this log. */
  add(head: CheckpointHead): void {
    this.#proofs.set(head, Promise.resolve(true))
  }
}
