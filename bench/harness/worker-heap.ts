import type { CDPSession, Page } from '@playwright/test'
import { within } from './within.ts'

const ANSWER_TIMEOUT_MS = 20_000

/** A session with the first worker of a page, over the DevTools protocol. */
export class WorkerSession {
  readonly #page: CDPSession
  readonly #worker: string
  readonly #answers = new Map<number, (message: Reply) => void>()
  #lastId = 0

  private constructor(page: CDPSession, worker: string) {
    this.#page = page
    this.#worker = worker
    page.on('Target.receivedMessageFromTarget', ({ sessionId, message }) => {
      if (sessionId !== worker) return
      const reply: Reply = JSON.parse(message)
      if (reply.id !== undefined) this.#answers.get(reply.id)?.(reply)
    })
  }

  static async attach(page: Page): Promise<WorkerSession> {
    const session = await page.context().newCDPSession(page)
    const attached = new Promise<string>((resolve) => {
      session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
        if (targetInfo.type === 'worker') resolve(sessionId)
      })
    })
    await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false })
    const worker = await within(attached, ANSWER_TIMEOUT_MS, () => new Error('The page has no worker'))
    return new WorkerSession(session, worker)
  }

  async send(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#lastId
    const answered = new Promise<Reply>((resolve) => this.#answers.set(id, resolve))
    await this.#page.send('Target.sendMessageToTarget', {
      sessionId: this.#worker,
      message: JSON.stringify({ id, method, params }),
    })
    const reply = await within(answered, ANSWER_TIMEOUT_MS, () => new Error(`The worker did not answer ${method}`))
    this.#answers.delete(id)
    if (reply.error !== undefined) throw new Error(`${method}: ${reply.error.message}`)
    return reply.result
  }

  detach(): Promise<void> {
    return this.#page.detach()
  }
}

interface Reply {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** Bytes on the heap of a page's worker that are in use after a collection. */
export async function workerHeapBytes(page: Page): Promise<number> {
  const worker = await WorkerSession.attach(page)
  try {
    await worker.send('HeapProfiler.enable')
    for (let times = 0; times < 3; times++) await worker.send('HeapProfiler.collectGarbage')
    const usage = await worker.send('Runtime.getHeapUsage')
    if (typeof usage === 'object' && usage !== null && 'usedSize' in usage && typeof usage.usedSize === 'number')
      return usage.usedSize
    throw new Error('The worker did not tell how much of its heap is used')
  } finally {
    await worker.detach()
  }
}
