import type { Transport } from '../../platform/ports.ts'
import type { FaultCounts } from './world/fault-counts.ts'
import type { SimTab } from './world/sim-platform.ts'

/** Where in an exchange the leading tab dies. */
export type ExchangePhase =
  /** It has made the request, and sends nothing. */
  | 'before-send'
  /** The request is on its way, or the server at work. */
  | 'sent'
  /** The server has done its work, and the answer reaches nobody. */
  | 'response-lost'
  /** It has the answer, and is about to commit what it says. */
  | 'before-apply'
  /** It lives on, and does not know yet that another has taken the lead while the request was on its way. */
  | 'deposed'

export const EXCHANGE_PHASES: readonly [ExchangePhase, ...ExchangePhase[]] = [
  'before-send',
  'sent',
  'response-lost',
  'before-apply',
  'deposed',
]

/** Kills the tab that leads, in the phase of an exchange that was planned: whichever tab of the device makes the next one. */
export class LeaderDeath {
  readonly #counts: FaultCounts
  readonly #depose: () => void
  #phase: ExchangePhase | undefined

  /** @param depose gives the lead to another tab, and tells whoever had it much later */
  constructor(counts: FaultCounts, depose: () => void) {
    this.#counts = counts
    this.#depose = depose
  }

  /** Takes the place of an earlier plan. */
  plan(phase: ExchangePhase): void {
    this.#phase = phase
  }

  /** What was planned does not happen. */
  spare(): void {
    this.#phase = undefined
  }

  post(tab: SimTab, transport: Transport, request: Parameters<Transport['post']>[0]): ReturnType<Transport['post']> {
    const phase = this.#phase
    this.#phase = undefined
    if (phase === undefined) return transport.post(request)
    if (phase === 'before-send') {
      this.#kill(tab, phase)
      return transport.post(request)
    }
    const answer = transport.post(request)
    if (phase === 'deposed') this.#depose()
    if (phase === 'sent') tab.actor.after(1, () => this.#kill(tab, phase), 'is about to die')
    return answer.then((response) => {
      if (phase === 'response-lost') this.#kill(tab, phase)
      if (phase === 'before-apply') tab.storage.faultAfter(1, 'crash', 'before-commit', () => this.#count(phase))
      return response
    })
  }

  #kill(tab: SimTab, phase: ExchangePhase): void {
    if (!tab.isAlive) return
    this.#count(phase)
    tab.kill(`dies as leader: ${phase}`)
  }

  #count(phase: ExchangePhase): void {
    this.#counts.add('leader-death')
    this.#counts.add(`leader-death-${phase}`)
  }
}
