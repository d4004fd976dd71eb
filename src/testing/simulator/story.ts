import type { Domain } from '../../projection/define-domain.ts'
import type { Prng } from '../chance/prng.ts'
import type { SimApp } from './app-tab.ts'
import type { Installation } from './installation.ts'
import { type DeviceOptions, type Person, Scene, type SceneDevice, type SceneOptions } from './scene.ts'
import type { Violation } from './violations.ts'

export interface StoryOptions extends SceneOptions {
  /** By name: how many tabs a person keeps open there, and of which app. */
  readonly devices: Readonly<Record<string, Pick<DeviceOptions, 'tabs' | 'app'> & { readonly next?: SimApp }>>
  /** What the server runs from some moment on. Default: what it ran before. */
  readonly nextRelease?: Domain
  /** How often each person acts while there are faults. */
  readonly acts: number
  /** How often each device is disturbed while there are faults. */
  readonly disturbances: number
  /** Appends that a device is to have stored in the end: its person acts on until then. */
  readonly leastAppends: number
  /** How long there are faults, in virtual ms. */
  readonly faultsMs: number
  /**
   * How likely each device loses or damages a record of its log between two sessions. Only where the server is not restored: what both have lost is gone.
   * Default: none does.
   */
  readonly losses?: number
  /** How likely the server cannot decide about a commit, and how likely it refuses one that its rules would take. */
  readonly undecided: number
  readonly refusing: number
}

export interface SeedResult {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly lost: number
  readonly duplicated: number
  /** Commits in the outboxes of all devices, in the end. */
  readonly undrained: number
  /** Everything came to rest, and all devices have the server's log and state. */
  readonly converged: boolean
  /** Acknowledged appends, by device. */
  readonly appends: readonly number[]
  readonly faults: Readonly<Record<string, number>>
  readonly traceHash: string
  readonly steps: number
  readonly virtualMs: number
  /** The end of what happened, in words; empty unless something was broken or it was asked for. */
  readonly trace: string
}

export interface TraceOptions {
  /** Most lines of the trace. Default 200. */
  readonly traceLines?: number
  /** Also when nothing was broken. Default false. */
  readonly alwaysTrace?: boolean
}

/** Most times that the people look after their dead letters before it counts as never coming to rest. */
const ROUNDS = 12
/** How often each person looks after dead letters while there are faults. */
const VISITS = 2
const SERVER_CRASHES = 2
/** How likely that of each device is, in each story. */
const LEADER_DIES = 0.95
/** How likely a device that can be updated is. */
const IS_UPDATED = 0.3
const MINUTE_MS = 60_000

/** The production engine and server core in one story that chance tells: faults, then healing, then the truth. */
export class Story {
  readonly scene: Scene
  /** Told to its end: what it left behind was compared. */
  isTold = false
  readonly #options: StoryOptions
  #isHealed = false

  constructor(options: StoryOptions) {
    this.#options = options
    this.scene = new Scene(options)
  }

  async tell(): Promise<void> {
    const { scene } = this
    this.#plan()
    if (!(await scene.run(this.#options.faultsMs))) return
    this.#heal()
    if (!(await scene.runToRest('after healing'))) return
    // A part that nobody reads is missed by nobody: a checkpoint may have folded it.
    if ((this.#options.losses ?? 0) > 0) {
      await scene.verifyAll()
      if (!(await scene.runToRest('after looking through all logs'))) return
    }
    // At first people also try again what will only be refused again.
    for (let round = 1; await scene.attendDeadLetters(round > 3); round++) {
      if (!(await scene.runToRest(`after round ${round} of dead letters`))) return
      if (round === ROUNDS) return scene.violations.add('quiet', 'there are always more dead letters')
    }
    await scene.check()
    this.isTold = true
  }

  #plan(): void {
    const { scene } = this
    const { scheduler, network, prng: source } = scene.world
    const { devices, nextRelease, acts, disturbances, faultsMs, undecided, refusing, losses = 0 } = this.#options
    // When things happen, as far into the time of faults as in a minute of it.
    const inTime = (from: number, to: number): number => Math.round((prng.between(from, to) * faultsMs) / MINUTE_MS)
    const prng = source.fork('plan')
    const lossesOf = source.fork('losses')
    const agesOf = prng.fork('older meta records')
    const at = (delayMs: number, task: () => void, what: string) => scheduler.after(delayMs, task, 'plan', what)
    scene.server.undecided = undecided
    scene.server.refusing = refusing
    for (let outage = 0; outage < 3; outage++) network.planDown(inTime(3000, 50_000), inTime(500, 5000))
    for (let expiry = 0; expiry < 2; expiry++) {
      at(inTime(5000, MINUTE_MS), () => scene.server.expireTokens(), 'tokens expire')
    }
    const isRestored = prng.chance(0.25)
    if (isRestored) {
      at(inTime(4000, 25_000), () => scene.server.log.backUp(), 'the server is backed up')
      at(inTime(26_000, 52_000), () => void scene.restoreServer(), 'the server is restored')
    }
    if (prng.chance(0.12))
      at(inTime(8000, 30_000), () => this.#copyDevice(prng.fork('copy'), acts), 'a device is copied')
    for (let crash = 0; crash < SERVER_CRASHES; crash++)
      at(inTime(2000, 50_000), () => scene.server.dieAfter(prng.between(1, 25)), 'server is about to die')
    if (nextRelease !== undefined) at(inTime(20_000, 50_000), () => this.#deploy(nextRelease), 'server is deployed')
    for (const [name, { next, ...runs }] of Object.entries(devices)) {
      const added = scene.addDevice(name, { ...runs, skewMs: prng.between(-90_000, 90_000) })
      const { installation, person } = added
      const { device } = installation
      installation.start()
      device.channels.loss = 0.2
      for (let append = 0; append < acts; append++) {
        at(inTime(500, MINUTE_MS - 1000), () => this.#act(installation, person, 'append'), `${name} appends`)
      }
      for (let visit = 0; visit < VISITS; visit++) {
        at(inTime(5000, MINUTE_MS), () => this.#act(installation, person, 'attend'), `${name} attends`)
      }
      for (let fault = 0; fault < disturbances; fault++) {
        at(inTime(0, MINUTE_MS - 500), () => installation.disturb(), `${name} is disturbed`)
      }
      const isLosing = lossesOf.chance(losses)
      const lossAt = Math.round((lossesOf.between(8000, MINUTE_MS - 500) * faultsMs) / MINUTE_MS)
      if (isLosing && !isRestored) at(lossAt, () => this.#lose(added), `${name} loses a record`)
      const agesFor = agesOf.between(1000, 9000)
      const agedAt = Math.round((agesOf.between(8000, MINUTE_MS - 10_000) * faultsMs) / MINUTE_MS)
      // Where the disk has lost both, nothing tells that there was more.
      if (agesOf.chance(losses) && !isLosing && !isRestored)
        at(agedAt, () => this.#ageMeta(added, agesFor), `${name} keeps a meta record`)
      if (prng.chance(LEADER_DIES))
        at(inTime(2000, MINUTE_MS - 500), () => installation.killLeader(), `the leader of ${name} is about to die`)
      if (next !== undefined && prng.chance(IS_UPDATED))
        at(inTime(6000, 52_000), () => installation.update(next), `${name} is updated`)
      const offlineAt = inTime(5000, 40_000)
      at(offlineAt, () => this.#setOnline(installation, false), `${name} leaves the network`)
      at(offlineAt + inTime(500, 9000), () => this.#setOnline(installation, true), `${name} is back`)
      if (prng.chance(0.5)) at(inTime(5000, 45_000), () => this.#setClock(installation), `${name} sets its clock`)
    }
  }

  /** The copy is used like any device, and as much of the time as is left. */
  #copyDevice(prng: Prng, acts: number): void {
    const { scene } = this
    const [first, ...others] = scene.devices
    if (first === undefined) return
    const { installation, person } = scene.copyDevice(prng.pick([first, ...others]), { tabs: 1 })
    for (let append = 0; append < acts / 3; append++) {
      const act = () => this.#act(installation, person, 'append')
      scene.world.scheduler.after(prng.between(500, 25_000), act, 'plan', 'a copy appends')
    }
  }

  /** Once there is something to lose. */
  #lose(device: SceneDevice): void {
    const { scene } = this
    if (this.#isHealed || scene.loseRecord(device)) return
    scene.world.scheduler.after(500, () => this.#lose(device), 'plan', 'a disk waits for a record to lose')
  }

  /** Once the server has answered. */
  #ageMeta(device: SceneDevice, forMs: number): void {
    const { scene } = this
    if (this.#isHealed || scene.keepMeta(device, forMs)) return
    scene.world.scheduler.after(500, () => this.#ageMeta(device, forMs), 'plan', 'a meta record is waited for')
  }

  /** As most servers are: stopped, and started as something else. */
  #deploy(release: Domain): void {
    const { server, world } = this.scene
    server.deploy(release)
    world.network.planDown(0, world.prng.between(50, 500))
  }

  #setOnline({ device }: Installation, isOnline: boolean): void {
    if (!isOnline) this.scene.world.counts.add('device-offline')
    device.setOnline(isOnline)
  }

  #setClock({ device }: Installation): void {
    this.scene.world.counts.add('clock-set')
    device.skewMs += this.scene.world.prng.between(-3_600_000, 3_600_000)
  }

  #act(installation: Installation, person: Person, what: 'append' | 'attend'): void {
    const { scheduler, prng } = this.scene.world
    const { device } = installation
    const app = installation.pickTab(prng)
    if (app === undefined) {
      // A person waits until the app is open.
      scheduler.after(300, () => this.#act(installation, person, what), device.name, `wants to ${what}`)
    } else if (what === 'append') void person.act(device.name, app)
    else void person.attend(device.name, app, false)
  }

  #heal(): void {
    const { world, server, history, devices } = this.scene
    world.scheduler.record('plan', 'everything is healed')
    this.#isHealed = true
    world.network.heal()
    server.spare()
    server.undecided = 0
    server.refusing = 0
    for (const { installation, person } of devices) {
      installation.calm()
      const missing = this.#options.leastAppends - history.appendsOf(installation.device.name)
      // Some of what a person does is a command, which is not counted.
      for (let append = 0; append < 1.4 * missing; append++) this.#act(installation, person, 'append')
    }
  }
}

export function resultOf(
  { scene, isTold }: Story,
  { traceLines = 200, alwaysTrace = false }: TraceOptions = {},
): SeedResult {
  const { violations, devices, history } = scene
  const { scheduler, counts } = scene.world
  const isBroken = violations.list.length > 0
  const diverged = ['quiet', 'same-state', 'one-order', 'outbox-empty', 'no-defect'] as const
  return {
    seed: scene.world.seed,
    violations: violations.list,
    lost: violations.count('nothing-lost'),
    duplicated: violations.count('exactly-once'),
    undrained: devices.reduce((sum, { installation }) => sum + installation.device.disk.tables.pending.records.size, 0),
    converged: isTold && diverged.every((invariant) => violations.count(invariant) === 0),
    // A copy may come so late that its person has had no time.
    appends: devices
      .filter(({ isCopy }) => !isCopy)
      .map(({ installation }) => history.appendsOf(installation.device.name)),
    faults: counts.toObject(),
    traceHash: scheduler.trace.hash,
    steps: scheduler.steps,
    virtualMs: scheduler.now,
    trace: isBroken || alwaysTrace ? scheduler.trace.toText(traceLines) : '',
  }
}
