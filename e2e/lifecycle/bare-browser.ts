import { type Browser, type CDPSession, chromium } from '@playwright/test'
import { findBrowser } from '../../test/run/find-browser.ts'

/** Starts a browser in which a hidden tab is slowed down, and a page that was left is kept. */
export async function startBareBrowser(): Promise<Browser> {
  const { executablePath, args } = await findBrowser()
  return chromium.launch({
    executablePath,
    args: [...args],
    ignoreDefaultArgs: ['--disable-back-forward-cache', '--disable-background-timer-throttling'],
  })
}

/**
 * A window whose tabs nobody touches but through this: Playwright keeps every tab of its own visible and out of the back-forward cache, so that
 * none is ever frozen. Tabs share a profile that is gone with the window.
 */
export class BareWindow {
  readonly #session: CDPSession
  readonly #context: string

  private constructor(session: CDPSession, context: string) {
    this.#session = session
    this.#context = context
  }

  static async open(browser: Browser): Promise<BareWindow> {
    const session = await browser.newBrowserCDPSession()
    const { browserContextId } = await session.send('Target.createBrowserContext')
    return new BareWindow(session, browserContextId)
  }

  /** Opens a tab in front of the others, which are hidden by it. */
  async open(url: string): Promise<BareTab> {
    const session = this.#session
    const { targetId } = await session.send('Target.createTarget', {
      url: 'about:blank',
      browserContextId: this.#context,
    })
    const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false })
    await session.send('Target.activateTarget', { targetId })
    const tab = new BareTab(session, targetId, sessionId)
    await tab.send('Page.enable')
    await tab.send('Page.addScriptToEvaluateOnNewDocument', { source: `(${noteListeners})()` })
    await tab.send('Page.navigate', { url })
    return tab
  }

  async allow(permission: string, setting: 'granted' | 'denied', origin: string): Promise<void> {
    const browserContextId = this.#context
    await this.#session.send('Browser.setPermission', {
      permission: { name: permission },
      setting,
      origin,
      browserContextId,
    })
  }

  async close(): Promise<void> {
    await this.#session.send('Target.disposeBrowserContext', { browserContextId: this.#context })
    await this.#session.detach()
  }
}

export class BareTab {
  readonly #session: CDPSession
  readonly #targetId: string
  readonly #sessionId: string
  #calls = 0

  constructor(session: CDPSession, targetId: string, sessionId: string) {
    this.#session = session
    this.#targetId = targetId
    this.#sessionId = sessionId
  }

  /** Asks the tab itself, over the DevTools protocol. */
  send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#calls
    return new Promise((resolve, reject) => {
      const listen = ({ sessionId, message }: { sessionId: string; message: string }) => {
        if (sessionId !== this.#sessionId) return
        const answer = JSON.parse(message)
        if (answer.id !== id) return
        this.#session.off('Target.receivedMessageFromTarget', listen)
        if (answer.error === undefined) resolve(answer.result)
        else reject(new Error(`${method}: ${answer.error.message}`))
      }
      this.#session.on('Target.receivedMessageFromTarget', listen)
      const message = JSON.stringify({ id, method, params })
      this.#session.send('Target.sendMessageToTarget', { sessionId: this.#sessionId, message }).catch(reject)
    })
  }

  /** The value of an expression in the page, awaited. */
  async evaluate<T>(expression: string): Promise<T> {
    const answer = (await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })) as {
      result: { value: T }
      exceptionDetails?: { exception?: { description?: string } }
    }
    if (answer.exceptionDetails !== undefined)
      throw new Error(answer.exceptionDetails.exception?.description ?? 'the page threw')
    return answer.result.value
  }

  async freeze(): Promise<void> {
    await this.send('Page.setWebLifecycleState', { state: 'frozen' })
  }

  async resume(): Promise<void> {
    await this.send('Page.setWebLifecycleState', { state: 'active' })
  }

  async close(): Promise<void> {
    await this.#session.send('Target.closeTarget', { targetId: this.#targetId })
  }
}

/** Runs in the page before any script of it. */
function noteListeners(): void {
  const listenedTo = new Set<string>()
  globalThis.listenedTo = listenedTo
  const add = EventTarget.prototype.addEventListener
  EventTarget.prototype.addEventListener = function (this: EventTarget, ...given: Parameters<typeof add>) {
    listenedTo.add(given[0])
    return add.apply(this, given)
  } as typeof add
}
