import type { Clock, Ids, Locks } from '../platform/ports.ts'
import { sleep } from '../sync/sleep.ts'
import type { Auth, OtherTabs } from '../sync/token-source.ts'
import { withDeadline } from '../sync/with-deadline.ts'
import type { TabMessage } from './tab-message.ts'

/** A tab that has not said by now that it asks its app is not there, or is frozen. */
export const TAB_GRACE_MS = 500
/** So long an app has for its answer. */
const APP_ANSWER_MS = 10_000
/** So long the tab that leads waits for all of them. */
const ALL_ANSWERS_MS = 15_000
/** What was said has been heard by then, and the next tab knows whether it has to ask its app still. */
const HEARD_MS = 50

export interface TabTokensOptions {
  readonly auth: Auth | undefined
  readonly clock: Clock
  readonly ids: Ids
  readonly locks: Locks
  /** Held by the tab whose app is being asked: one at a time. */
  readonly lockName: string
  readonly post: (message: TabMessage) => void
}

type TokenAnswer = Extract<TabMessage, { kind: 'token-answer' }>

interface Question {
  readonly refused: string | undefined
  /** Tabs that are at it. */
  readonly asking: Set<string>
  /** How often all were asked, and how often they have had the time to say that they are there. */
  asked: number
  waited: number
  readonly over: AbortSignal
  readonly settle: (token: string | undefined) => void
}

/**
 * A token from the app of another tab, for when that of the leading one has none. The tabs ask their apps one after the other, and stop when one has
 * answered, so that at no time two tabs renew the same session. What is said stays among the tabs of this origin, account and store.
 */
export class TabTokens implements OtherTabs {
  readonly clock: Clock
  readonly #options: TabTokensOptions
  readonly #stop = new AbortController()
  /** By id. */
  readonly #questions = new Map<string, Question>()
  /** Of other tabs, that this one is at. */
  readonly #answering = new Set<string>()
  /** The last question of another tab that is settled. */
  #settledQuestion = ''

  constructor(options: TabTokensOptions) {
    this.clock = options.clock
    this.#options = options
  }

  async ask(refused: string | undefined, signal: AbortSignal): Promise<string | undefined> {
    const { clock, ids, post } = this.#options
    const id = ids.next()
    const over = new AbortController()
    const end = AbortSignal.any([signal, this.#stop.signal, over.signal])
    try {
      return await new Promise<string | undefined>((resolve) => {
        const question: Question = { refused, asking: new Set(), asked: 0, waited: 0, over: end, settle: resolve }
        this.#questions.set(id, question)
        this.#askTabs(id, question)
        void sleep(clock, ALL_ANSWERS_MS, end).then(() => resolve(undefined))
      })
    } finally {
      this.#questions.delete(id)
      over.abort()
      post({ kind: 'token-done', id })
    }
  }

  onMessage(message: TabMessage): void {
    // A tab has come that has not heard the question.
    if (message.kind === 'sync-state?') for (const [id, question] of this.#questions) this.#askTabs(id, question)
    else if (message.kind === 'token?') void this.#answer(message.id)
    else if (message.kind === 'token-answer') this.#onAnswer(message)
    else if (message.kind === 'token-done') this.#settledQuestion = message.id
  }

  stop(): void {
    this.#stop.abort()
  }

  #askTabs(id: string, question: Question): void {
    const { clock, post } = this.#options
    question.asked++
    post({ kind: 'token?', id })
    void sleep(clock, TAB_GRACE_MS, question.over).then(() => {
      question.waited++
      settleIfAlone(question)
    })
  }

  #onAnswer({ id, tab, is, token }: TokenAnswer): void {
    const question = this.#questions.get(id)
    if (question === undefined) return
    if (is === 'asking') question.asking.add(tab)
    else question.asking.delete(tab)
    if (is === 'given' && token !== undefined && token !== question.refused) question.settle(token)
    else settleIfAlone(question)
  }

  /** Asks the app of this tab, when it is its turn. */
  async #answer(id: string): Promise<void> {
    const { auth, ids, locks, lockName, clock, post } = this.#options
    const { signal } = this.#stop
    if (auth === undefined || signal.aborted || this.#answering.has(id)) return
    this.#answering.add(id)
    const tab = ids.next()
    post({ kind: 'token-answer', id, tab, is: 'asking' })
    const ask = async (lost: AbortSignal): Promise<void> => {
      if (this.#settledQuestion === id) return
      const token = await withDeadline({ clock, deadlineMs: APP_ANSWER_MS, signal: lost }, () => auth())
      if (typeof token !== 'string' || token === '') return
      post({ kind: 'token-answer', id, tab, is: 'given', token })
      await sleep(clock, HEARD_MS, lost)
    }
    // One that rejects, or does not answer, cannot help.
    await withDeadline({ clock, deadlineMs: ALL_ANSWERS_MS, signal }, (over) => locks.hold(lockName, over, ask)).catch(
      () => undefined,
    )
    this.#answering.delete(id)
    if (!signal.aborted) post({ kind: 'token-answer', id, tab, is: 'none' })
  }
}

function settleIfAlone({ asking, asked, waited, settle }: Question): void {
  if (asking.size === 0 && waited === asked) settle(undefined)
}
