import type { CDPSession, Page } from '@playwright/test'

/** The first worker of a page, over the DevTools protocol: Playwright itself cannot look at a worker's heap. */
export class WorkerSession {
  readonly #page: CDPSession
  readonly #worker: string
  readonly #answers = new Map<number, (reply: Reply) => void>()
  #lastId = 0

  private constructor(page: CDPSession, worker: string) {
    this.#page = page
    this.#worker = worker
    page.on('Target.receivedMessageFromTarget', ({ sessionId, message }) => {
      const reply: Reply = JSON.parse(message)
      if (sessionId === worker && reply.id !== undefined) this.#answers.get(reply.id)?.(reply)
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
    return new WorkerSession(session, await attached)
  }

  /** The value of an expression, a number. */
  async evaluate(expression: string): Promise<number> {
    const { result } = await this.#send<{ result: { value: number } }>('Runtime.evaluate', { expression })
    return result.value
  }

  async heapBytes(): Promise<number> {
    return (await this.#send<{ usedSize: number }>('Runtime.getHeapUsage')).usedSize
  }

  async collectGarbage(): Promise<void> {
    await this.#send('HeapProfiler.enable')
    await this.#send('HeapProfiler.collectGarbage')
    await this.#send('HeapProfiler.disable')
  }

  async #send<T>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#lastId
    const answered = new Promise<Reply>((resolve) => this.#answers.set(id, resolve))
    const message = JSON.stringify({ id, method, params })
    await this.#page.send('Target.sendMessageToTarget', { sessionId: this.#worker, message })
    const { result, error } = await answered
    this.#answers.delete(id)
    if (error !== undefined) throw new Error(`${method}: ${error.message}`)
    return result as T
  }
}

interface Reply {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}
