import { isLarderError } from '../../errors.ts'
import type { Transport, TransportResponse } from '../../platform/ports.ts'
import type { Prng } from '../chance/prng.ts'
import { AppTab, LOCK, type SimApp } from './app-tab.ts'
import { EXCHANGE_PHASES, LeaderDeath } from './leader-death.ts'
import type { Violations } from './violations.ts'
import type { SimDevice, SimTab } from './world/sim-platform.ts'
import type { StorageStep } from './world/sim-storage.ts'
import type { SimWorld } from './world/sim-world.ts'

export interface InstallationOptions {
  readonly app: SimApp
  readonly world: SimWorld
  readonly device: SimDevice
  readonly account: string
  /** Tabs that a person keeps open. */
  readonly tabs: number
  readonly violations: Violations
  /** What the app asks for a token, whenever the engine needs one. */
  readonly token: () => string
  /** A tab is about to open. */
  readonly onTab?: (tab: SimTab) => void
}

/** How long a tab that was closed is watched for what it left behind. */
const AFTERLIFE_MS = 2000
/** How long a tab runs on after its app was updated. */
const LONGEST_OLD_TAB_MS = 3000

/** The app on one device: opens its tabs, and opens them again when they die. */
export class Installation {
  readonly device: SimDevice
  readonly #options: InstallationOptions
  readonly #prng: Prng
  readonly #leaderDeath: LeaderDeath
  #app: SimApp
  #apps: AppTab[] = []
  #isCalm = false
  /** Requests in a row that got no answer of the server. */
  #failures = 0

  constructor(options: InstallationOptions) {
    this.#options = options
    this.#app = options.app
    this.device = options.device
    this.#prng = options.world.prng.fork(`installation ${options.device.name}`)
    this.#leaderDeath = new LeaderDeath(options.world.counts, () => this.device.locks.steal(LOCK, 8000))
  }

  /** What its tabs run, from the next that is opened on. */
  get app(): SimApp {
    return this.#app
  }

  /** Tabs that are open. */
  get open(): readonly AppTab[] {
    return this.#apps.filter(({ engine }) => engine !== undefined)
  }

  get isWhole(): boolean {
    return this.open.length === this.#options.tabs
  }

  start(): void {
    for (let slot = 0; slot < this.#options.tabs; slot++) this.#openIn(this.#prng.between(0, 1500))
  }

  pickTab(prng: Prng): AppTab | undefined {
    const [first, ...others] = this.open
    return first === undefined ? undefined : prng.pick([first, ...others])
  }

  /** How it stands, for whoever wonders why it does not come to rest. */
  describe(): string {
    const { name, disk, tabs } = this.device
    const { meta, pending, deadLetters } = disk.tables
    const { cursor, nextAttemptAt, term } = meta.records.get('log') ?? {}
    const states = this.#apps.flatMap(({ engine, tab }) => {
      if (engine === undefined) return []
      const { state, leader, problem } = engine.sync.status()
      return `${tab.name} ${leader ? 'leads, ' : ''}${state} ${problem?.code ?? ''}`
    })
    const verdicts = [...pending.records.values()].map(({ verdict }) => verdict?.status ?? 'unsent')
    const retries = [...deadLetters.records.values()].filter((letter) => letter.nextAttemptAt !== undefined).length
    return (
      `${name} at ${cursor?.position}, term ${term}, next attempt in ${(nextAttemptAt ?? 0) - this.#now()} ms, ` +
      `${tabs.length} tabs (${states.join(', ')}), pending ${verdicts.join(',')}, ${retries} retries`
    )
  }

  #now(): number {
    return this.device.tabs[0]?.actor.clock.now() ?? 0
  }

  /** No more faults; what is closed is opened again. */
  calm(): void {
    this.#isCalm = true
    this.#leaderDeath.spare()
    this.device.channels.loss = 0
    this.device.setOnline(true)
    for (const app of this.#apps) {
      const { tab, engine } = app
      tab.storage.spare()
      engine?.sync.wake()
      this.#resume(app)
    }
  }

  /** One fault in one of the tabs, of a kind that chance picks. */
  disturb(): void {
    const [first, ...others] = this.#apps.filter(({ tab }) => tab.isAlive)
    if (first === undefined) return
    const app = this.#prng.pick([first, ...others])
    const { storage } = app.tab
    const dice = this.#prng.next()
    if (dice < 0.45) storage.faultAfter(this.#prng.between(1, 40), 'crash', this.#pickStep())
    else if (dice < 0.7) storage.faultAfter(this.#prng.between(1, 40), 'reject', this.#pickStep())
    else if (dice < 0.77) this.#kill(app)
    else if (dice < 0.84) void this.#close(app)
    else if (dice < 0.93) this.device.locks.steal(LOCK, this.#prng.pick([0, this.#prng.between(1, 8000)]))
    else if (dice < 0.965) this.#pause(app)
    else this.#freeze(app)
  }

  /** Whichever tab leads dies in its next exchange, in a phase that chance picks. */
  killLeader(): void {
    this.#leaderDeath.plan(this.#prng.pick(EXCHANGE_PHASES))
  }

  killAll(): void {
    for (const app of this.#apps.filter(({ tab }) => tab.isAlive)) this.#kill(app)
  }

  /** The next release of the app: tabs that are open run what they have for a little longer, each for itself, beside those that are opened again. */
  update(next: SimApp): void {
    this.#options.world.counts.add('client-updated')
    this.#app = next
    for (const app of this.#apps.filter(({ tab }) => tab.isAlive)) {
      const restart = (): void => void (app.engine === undefined ? this.#kill(app) : this.#close(app))
      app.tab.actor.after(this.#prng.between(0, LONGEST_OLD_TAB_MS), restart, `restarts with ${next.domain.version}`)
    }
  }

  #pickStep(): StorageStep | undefined {
    return this.#prng.pick([undefined, 'before-commit', 'before-commit', 'after-commit', 'after-commit'])
  }

  /** Where the server has refused a fresh token too, a person is asked, and signs in. */
  #signInAgain(tab: SimTab): void {
    const look = (): void => {
      const app = this.#apps.find((each) => each.tab === tab)
      if (app?.engine?.sync.status().state === 'auth-required') this.#resume(app)
    }
    tab.actor.after(this.#prng.between(500, 3000), look, 'may sign in again')
  }

  #pause(app: AppTab): void {
    const { tab, engine } = app
    if (engine === undefined) return
    this.#options.world.counts.add('sync-paused')
    tab.actor.record('pauses sync')
    engine.sync.pause().catch((error: unknown) => this.#expectPlanned(error, 'pause'))
    tab.actor.after(this.#prng.between(0, 3000), () => this.#resume(app), 'resumes sync')
  }

  #resume({ engine }: AppTab): void {
    engine?.sync.resume().catch((error: unknown) => this.#expectPlanned(error, 'resume'))
  }

  /** As far as a tab is told that it is frozen: it has to let others lead. */
  #freeze({ tab, engine }: AppTab): void {
    if (engine === undefined) return
    this.#options.world.counts.add('tab-frozen')
    tab.actor.record('rests')
    engine.sync.rest()
    tab.actor.after(this.#prng.between(0, 8000), () => engine.sync.wake(), 'wakes')
  }

  #kill({ tab }: AppTab): void {
    this.#options.world.counts.add('tab-killed')
    tab.kill()
  }

  #openIn(delayMs: number): void {
    this.#options.world.scheduler.after(delayMs, () => this.#openNow(), this.device.name, 'opens a tab')
  }

  #openNow(): void {
    const { world, account } = this.#options
    const tab = this.device.openTab()
    const app = new AppTab(
      this.#app,
      tab,
      this.#watched(tab, world.transportOf(this.device, tab, account)),
      async () => {
        await tab.actor.sleep(this.#prng.between(0, 100), 'signs in')
        if (!this.#isCalm && this.#prng.chance(0.1)) {
          world.counts.add('token-unavailable')
          throw new TypeError('Failed to fetch')
        }
        return this.#options.token()
      },
    )
    if (!this.#isCalm && this.#prng.chance(0.2)) {
      tab.storage.faultAfter(this.#prng.between(1, 30), this.#prng.pick(['crash', 'reject']))
    }
    this.#options.onTab?.(tab)
    this.#apps = [...this.#apps.filter((each) => each.tab.isAlive), app]
    tab.actor.onKill(() => this.#openIn(this.#isCalm ? 10 : this.#prng.between(50, 5000)))
    app.open().then(
      () => {
        tab.actor.record('is open')
        // A pause outlives the tab in which it was asked for; a person sees it, and ends it.
        if (app.engine?.sync.status().state === 'paused')
          tab.actor.after(this.#prng.between(0, 3000), () => this.#resume(app), 'resumes sync')
      },
      (error: unknown) => {
        this.#expectPlanned(error, 'open')
        tab.kill('could not open')
      },
    )
  }

  /** The same transport, on which a tab may have one exchange at a time, and may die. */
  #watched(tab: SimTab, transport: Transport): Transport {
    const { name } = tab
    let inFlight = 0
    return {
      ...transport,
      post: async (request) => {
        if (request.path !== 'exchange') return transport.post(request)
        const isAlone = ++inFlight === 1
        this.#options.violations.check(isAlone, 'one-exchange', () => `${name} has ${inFlight} exchanges in flight`)
        this.#lookAtPatience(name)
        try {
          const response = await this.#leaderDeath.post(tab, transport, request)
          if (isFailure(response)) this.#countFailure(tab)
          else this.#failures = 0
          if (response.status === 401) this.#signInAgain(tab)
          return response
        } catch (error) {
          if (!isGivenUp(request.signal)) this.#countFailure(tab)
          throw error
        } finally {
          inFlight--
        }
      },
    }
  }

  /** What happens to one that leads no more is nobody's to remember. */
  #countFailure({ name }: SimTab): void {
    if (this.device.locks.holderOf(LOCK) === name) this.#failures++
  }

  /** A failure may not be written down where the storage fails, so the count on the disk may lag behind. */
  #lookAtPatience(tab: string): void {
    const attempt = this.device.disk.tables.meta.records.get('log')?.attempt ?? 0
    this.#options.violations.check(this.#failures < 5 || attempt > 1, 'patience', () => {
      return `${tab} is the last of ${this.#failures} failures in a row, and waited as after ${attempt}`
    })
  }

  /** As a page that is left: everything that was accepted is finished, and nothing stays behind. */
  async #close(app: AppTab): Promise<void> {
    const { actor } = app.tab
    if (app.engine === undefined) return
    this.#options.world.counts.add('tab-closed')
    actor.record('closes')
    await app.close()
    await actor.sleep(AFTERLIFE_MS, 'afterlife')
    const { timers } = actor
    this.#options.violations.check(
      timers === 0 && !this.device.locks.isInvolved(actor),
      'closed-is-closed',
      () => `${actor.name} left ${timers} timers${this.device.locks.isInvolved(actor) ? ' and a lock' : ''}`,
    )
    actor.kill('closed')
  }

  /** Only what the simulated storage was told to do may go wrong. */
  #expectPlanned(error: unknown, where: string): void {
    if (isLarderError(error, 'storage-unavailable')) return
    this.#options.violations.add('no-defect', `${this.device.name}: ${where} failed with ${describe(error)}`)
  }
}

/** Nobody answered, or somebody in place of the server, or not to the end. */
const isFailure = ({ status, body }: TransportResponse): boolean =>
  status >= 500 || !body.startsWith('{') || !body.endsWith('}')

/** By whoever asked, who leads no more; not because nobody answered in time. */
function isGivenUp({ aborted, reason }: AbortSignal): boolean {
  return aborted && !(reason instanceof DOMException && reason.name === 'TimeoutError')
}

export function describe(error: unknown): string {
  if (isLarderError(error)) return `${error.code}: ${error.message}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
