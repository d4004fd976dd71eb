import type { CommitRule } from '../../event/commit-rule.ts'
import type { Codec } from '../../platform/ports.ts'
import { copyRecords } from '../../storage/memory/memory-disk.ts'
import type { PendingRecord } from '../../store/records.ts'
import { checkedCodec } from '../machine/checked-codec.ts'
import type { AppTab, SimApp } from './app-tab.ts'
import { checkSegments } from './check-segments.ts'
import { checkRest, checkStates, type FinalState, refreshAll } from './final-checks.ts'
import { History } from './history.ts'
import { Installation } from './installation.ts'
import { loseRecord } from './lose-record.ts'
import { SyncServer } from './sync-server.ts'
import { Violations } from './violations.ts'
import { DiskWatch } from './watch-disk.ts'
import { ServerWatch } from './watch-server.ts'
import type { NetworkFaults } from './world/network-faults.ts'
import type { SimTab } from './world/sim-platform.ts'
import { SimWorld } from './world/sim-world.ts'

/** Whoever sits before one device. */
export interface Person {
  /** Does something with the app. */
  act(device: string, app: AppTab): Promise<void>
  /** Does something about one dead letter; answers whether there was one. `isDone`: nothing that would only come back. */
  attend(device: string, app: AppTab, isDone: boolean): Promise<boolean>
}

export interface SceneOptions {
  readonly seed: number
  readonly app: SimApp
  readonly rules: readonly CommitRule[]
  /** Default: none. */
  readonly faults?: NetworkFaults
  /** See {@link SyncServer}. Default: nothing is. */
  readonly isPoisoned?: (body: string) => boolean
  /** For what the devices seal. Default: {@link checkedCodec}. */
  readonly codec?: Codec
  /** Whether what is watched is what lies on the disks. Else the people say what they append, and nothing else may appear. */
  readonly believesDisks: boolean
  readonly createPerson: (scene: Scene, device: string) => Person
}

export interface SceneDevice {
  readonly installation: Installation
  readonly person: Person
  readonly watch: DiskWatch
  /** It began with another device's storage. */
  readonly isCopy: boolean
}

export interface DeviceOptions {
  readonly tabs: number
  /** Default: that of the scene. */
  readonly app?: SimApp
  readonly skewMs?: number
  readonly onTab?: (tab: SimTab) => void
  /** Default false. */
  readonly isCopy?: boolean
}

const ACCOUNT = 'user-1'
/** Twice the longest backoff, and one poll. */
const REST_MS = 2 * 5 * 60_000 + 60_000
const MAX_STEPS = 400_000

/** Devices, people, server and network of one account, and everybody who watches them. A story makes things happen in it. */
export class Scene {
  readonly world: SimWorld
  readonly server: SyncServer
  readonly history = new History()
  readonly violations: Violations
  readonly devices: SceneDevice[] = []
  readonly #options: SceneOptions
  readonly #final: FinalState
  readonly #watch: ServerWatch

  constructor(options: SceneOptions) {
    const { seed, app, rules, faults, isPoisoned, codec = checkedCodec } = options
    this.#options = options
    this.world = new SimWorld({
      seed,
      server: (account, body, path, token) => this.server.serve(account, body, path, token),
      ...(faults === undefined ? {} : { faults }),
    })
    const { scheduler, counts, prng, network } = this.world
    this.violations = new Violations(scheduler)
    const watch = new ServerWatch(this.history, this.violations)
    this.#watch = watch
    this.server = new SyncServer({
      domain: app.domain,
      rules,
      scheduler,
      counts,
      prng: prng.fork('server'),
      onCommit: (commit, withdrawn) => watch.look(commit, withdrawn),
      onHead: (account, data) => network.poke(account, data),
      onDeath: () => network.planDown(0, prng.between(50, 1000)),
      ...(isPoisoned === undefined ? {} : { isPoisoned }),
    })
    const { history, violations, devices } = this
    this.#final = {
      hasLosses: false,
      codec,
      prng: prng.fork('questions'),
      log: this.server.log,
      history,
      violations,
      devices,
    }
  }

  addDevice(
    name: string,
    { tabs, app = this.#options.app, skewMs = 0, onTab, isCopy = false }: DeviceOptions,
  ): SceneDevice {
    const { world, history, violations, server } = this
    const { codec = checkedCodec, believesDisks, createPerson } = this.#options
    const device = world.createDevice(name, {
      skewMs,
      codec,
      onCommit: (_, tab) => watch.look(tab),
      onError: (tab, message, facts) => this.#onError(tab, message, facts),
    })
    // What a command comes to nobody knows before it lies there.
    const onPending = (record: PendingRecord): void => {
      if (believesDisks || record.command !== undefined) history.found(name, record)
    }
    const onDrama = (kind: string) => world.counts.add(kind)
    const watch = new DiskWatch(name, device.disk, server.log, violations, { onPending, onDrama })
    const person = createPerson(this, name)
    const installation = new Installation({
      ...{ app, world, device, tabs, violations },
      account: ACCOUNT,
      token: () => server.token,
      ...(onTab === undefined ? {} : { onTab }),
    })
    const added = { installation, person, watch, isCopy }
    this.devices.push(added)
    return added
  }

  /** Puts the server back to what it was when it was backed up, under another epoch. */
  async restoreServer(): Promise<void> {
    this.server.spare()
    const lost = await this.server.log.restore(ACCOUNT)
    if (lost === undefined) return
    this.#watch.reset(this.server.log.commits)
    this.world.counts.add('restores')
    this.world.scheduler.record('server', `is restored from a backup, ${lost} commits are gone`)
  }

  /** Between two sessions a disk loses or damages a record of what the server has, which has to be noticed and pulled again. Answers whether there was one. */
  loseRecord({ installation, watch }: SceneDevice): boolean {
    const { name, disk } = installation.device
    const lost = loseRecord(disk, this.world.prng.fork(`losses ${name}`))
    if (lost === undefined) return false
    installation.killAll()
    const { kind, record } = lost
    this.world.counts.add(kind)
    this.world.scheduler.record(name, `${kind}: segment ${record.first} to ${record.last}`)
    this.#final.hasLosses = true
    watch.lose(record)
    return true
  }

  /** Between two sessions a disk, or a profile that is restored in part, puts back a meta record of some time ago. Answers whether there is one to keep. */
  keepMeta({ installation, watch }: SceneDevice, forMs: number): boolean {
    const { name, disk } = installation.device
    const meta = structuredClone(disk.tables.meta.records.get('log'))
    // One of before the first answer is taken as lost, and the device then is another.
    if (meta === undefined || meta.cursor === null) return false
    const putBack = async (): Promise<void> => {
      // Behind whatever is being written: that would be put back or taken back over it.
      const leave = await disk.queue.enter('write', ['meta', 'confirmed', 'pending', 'deadLetters', 'discarded'])
      installation.killAll()
      this.world.counts.add('meta-older')
      disk.tables.meta.put('log', meta)
      watch.putBack(meta)
      leave()
    }
    this.world.scheduler.after(forMs, () => void putBack(), 'plan', `${name} has an older meta record`)
    return true
  }

  /** Whoever has a log looks through all of it, as `larder.verify()` does. */
  async verifyAll(): Promise<void> {
    for (const { installation } of this.devices) {
      const engine = installation.pickTab(this.world.prng)?.engine
      if (engine === undefined) continue
      await this.finish(engine.maintenance.verify(), 'verifying a log')
      // What was found is pulled again behind the next exchange.
      void engine.sync.now().catch(() => undefined)
    }
  }

  /** Another device with the same storage, as of a profile that is copied. */
  copyDevice({ installation, watch }: SceneDevice, options: DeviceOptions): SceneDevice {
    const { name, disk } = installation.device
    const copy = this.addDevice(`${name}-copy`, { app: installation.app, ...options, isCopy: true })
    copyRecords(disk, copy.installation.device.disk)
    copy.watch.goOnFrom(watch)
    this.server.log.hasTwins = true
    this.world.counts.add('forks')
    copy.installation.start()
    return copy
  }

  /** Answers whether the story can go on. */
  async run(forMs: number): Promise<boolean> {
    return this.#goesOn(await this.world.run({ forMs, maxSteps: MAX_STEPS }))
  }

  /** Until nothing is left that comes about by itself, and a little longer. */
  async runToRest(when: string): Promise<boolean> {
    const { scheduler } = this.world
    let lookAt = 0
    const isAtRest = (): boolean => {
      if (scheduler.now < lookAt) return false
      lookAt = scheduler.now + 100
      return this.devices.every(({ installation }) => this.#isAtRest(installation))
    }
    const end = await this.world.run({ until: isAtRest, forMs: REST_MS, maxSteps: MAX_STEPS })
    if (end === 'until') return this.run(2000)
    const restless = this.devices.filter(({ installation }) => !this.#isAtRest(installation))
    this.violations.add('quiet', `${when}: ${restless.map(({ installation }) => installation.describe()).join('; ')}`)
    return this.#goesOn(end)
  }

  /** Everybody looks once after each dead letter that waits; answers whether there was any. */
  async attendDeadLetters(isDone: boolean): Promise<boolean> {
    let any = false
    for (const { installation, person } of this.devices) {
      const app = installation.pickTab(this.world.prng)
      if (app === undefined) continue
      const waiting = app.engine?.deadLetters.list().length ?? 0
      for (let letter = 0; letter < waiting; letter++) {
        any = true
        await this.finish(person.attend(installation.device.name, app, isDone), 'attending a dead letter')
      }
    }
    return any
  }

  /** Compares everything with everything, once the scene is at rest. */
  async check(): Promise<void> {
    await this.finish(refreshAll(this.#final), 'refreshing all tabs')
    // Screens may follow a little later.
    await this.run(100)
    checkRest(this.#final)
    await this.finish(
      checkSegments(this.#final, (what) => this.world.counts.add(what)),
      'reading all segments',
    )
    await this.finish(checkStates(this.#final), 'asking all tabs')
  }

  /** Lets time go on until something is done, which must not take long. */
  async finish(doing: Promise<unknown>, what: string): Promise<void> {
    let isDone = false
    const done = doing.then(() => {
      isDone = true
    })
    await this.world.run({ until: () => isDone, forMs: 60_000, maxSteps: MAX_STEPS })
    if (isDone) await done
    else this.violations.add('quiet', `${what} never ends`)
  }

  /** Only the simulated storage may fail, a lock be stolen, and a tab be closed in the middle of something. */
  #onError(tab: string, message: string, facts: Readonly<Record<string, unknown>> | undefined): void {
    const error = facts?.['error']
    if (this.#final.hasLosses && message.startsWith('store: a segment is damaged')) return
    if (error === 'storage-unavailable' || error === 'closed' || error === 'AbortError') return
    this.violations.add('no-defect', `${tab} logged '${message}' ${JSON.stringify(facts ?? {})}`)
  }

  #goesOn(end: 'idle' | 'until' | 'time' | 'steps'): boolean {
    if (end === 'steps') this.violations.add('quiet', `more than ${MAX_STEPS} steps`)
    return end !== 'steps' && this.violations.list.length === 0
  }

  #isAtRest({ device, isWhole }: Installation): boolean {
    const { meta, pending, deadLetters, discarded, quarantine } = device.disk.tables
    const waits = new Set([...deadLetters.records.keys(), ...[...pending.records.values()].map(({ id }) => id)])
    return (
      isWhole &&
      meta.records.get('log')?.cursor?.position === this.server.log.head &&
      meta.records.get('log')?.cursor?.epoch === this.server.log.epoch &&
      [...quarantine.records.values()].every(({ repairedAt }) => repairedAt !== undefined) &&
      [...deadLetters.records.values()].every(({ nextAttemptAt }) => nextAttemptAt === undefined) &&
      [...discarded.records.values()].every(({ withdraw }) => withdraw.length === 0) &&
      // What was made to follow a dead letter waits for the person too.
      [...pending.records.values()].every(({ basis }) =>
        Object.values(basis).some(({ behind }) => behind.some(({ id }) => waits.has(id))),
      )
    )
  }
}
