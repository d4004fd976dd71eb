import { isLarderError } from '../../src/errors.ts'
import { type AppendOptions, prepareCommit } from '../../src/event/prepare-commit.ts'
import type { NewEvent } from '../../src/event/recorded-event.ts'
import { MealLogged, nutritionRules } from '../../src/nutrition/index.ts'
import type { AppTab } from '../../src/testing/simulator/app-tab.ts'
import type { Attempt } from '../../src/testing/simulator/history.ts'
import { describe } from '../../src/testing/simulator/installation.ts'
import { Scene, type SceneDevice } from '../../src/testing/simulator/scene.ts'
import type { Violation } from '../../src/testing/simulator/violations.ts'
import type { StorageFault } from '../../src/testing/simulator/world/sim-storage.ts'
import { syncGzip } from '../support/sync-codec.ts'
import { app } from './app.ts'
import { createPerson } from './run-seed.ts'
import { withoutUnhandled } from './without-unhandled.ts'

/** A fault at the n-th storage step of the device, from 1. */
export interface SweepFault {
  readonly at: number
  readonly fault: StorageFault
}

export interface SweepResult {
  /** Storage steps of the device over the whole story. */
  readonly steps: number
  readonly violations: readonly Violation[]
  readonly trace: string
}

/** Most tries of one thing, so that a story that cannot go on ends. */
const TRIES = 20

/**
 * One short story that never changes: appends, a refused meal and one that follows it, a strange commit to pull, then amend, retry and discard.
 * Run it with a fault at each storage step in turn, and no step of append, push, pull and dead letters is left out.
 */
export async function runSweepStory(fault?: SweepFault): Promise<SweepResult> {
  const story = new SweepStory(fault)
  await withoutUnhandled(story.scene, () => story.tell())
  const { violations, world } = story.scene
  return {
    steps: story.steps,
    violations: violations.list,
    trace: violations.list.length > 0 ? world.scheduler.trace.toText(200) : '',
  }
}

class SweepStory {
  readonly scene = new Scene({
    ...{ seed: 1, app, createPerson, rules: nutritionRules, codec: syncGzip, believesDisks: false },
  })
  readonly device: SceneDevice
  steps = 0
  readonly #other: SceneDevice

  constructor(fault: SweepFault | undefined) {
    this.device = this.scene.addDevice('a', {
      tabs: 1,
      onTab: ({ storage }) => {
        const inSteps = fault === undefined ? 0 : fault.at - this.device.installation.device.storageSteps
        if (fault !== undefined && inSteps > 0) storage.faultAfter(inSteps, fault.fault)
      },
    })
    this.#other = this.scene.addDevice('b', { tabs: 1 })
  }

  async tell(): Promise<void> {
    const { scene, device } = this
    for (const { installation } of scene.devices) {
      installation.calm()
      installation.start()
    }
    await this.#append(this.#other, [meal('theirs', 300)])
    if (!(await scene.runToRest('after the first append'))) return
    // What is refused must still be unknown when the next is made to follow it.
    scene.world.network.setDown(true)
    await this.#append(device, [meal('ours', 400)])
    await this.#append(device, [meal('absurd', 13_000)])
    await this.#append(device, [meal('absurd', 500)], { expectedVersion: 1 })
    await this.#append(device, [meal('one', 100), meal('two', 200)])
    scene.world.network.setDown(false)
    if (!(await scene.runToRest('after four appends'))) return
    await this.#amendAll()
    if (!(await scene.runToRest('after amending'))) return
    await this.#append(device, [meal('again', 14_000)])
    if (!(await scene.runToRest('after the second absurd meal'))) return
    await this.#eachDeadLetter(({ engine }, id) => engine?.deadLetters.retry(id))
    if (!(await scene.runToRest('after retrying'))) return
    await this.#eachDeadLetter(({ engine }, id) => engine?.deadLetters.discard(id, 'never mind'))
    await this.#append(this.#other, [meal('theirs', 350)])
    if (!(await scene.runToRest('at the end'))) return
    this.steps = device.installation.device.storageSteps
    // A fault of a step that this run did not come to would strike those who compare.
    device.installation.calm()
    await scene.check()
  }

  /** Appends, again and again, until it is acknowledged, as an app does that knows the commit's id. */
  async #append(
    { installation }: SceneDevice,
    events: readonly NewEvent[],
    options: AppendOptions = {},
  ): Promise<void> {
    const { history } = this.scene
    let attempt: Attempt | undefined
    await this.#untilDone(installation, async (app) => {
      const isAgain = attempt !== undefined
      const commit = attempt?.commit ?? prepare(app, events, options)
      attempt ??= history.begin(installation.device.name, app.tab, commit)
      await app.engine?.append(commit, { lookUp: isAgain })
      attempt.outcome = 'acknowledged'
    })
  }

  async #amendAll(): Promise<void> {
    const { history } = this.scene
    const { name } = this.device.installation.device
    await this.#eachDeadLetter(async (app, id) => {
      const commit = prepare(app, [meal('absurd', 900)], {})
      const attempt = history.begin(name, app.tab, commit, id)
      await app.engine?.deadLetters.amend(id, commit)
      attempt.outcome = 'acknowledged'
    })
  }

  async #eachDeadLetter(action: (app: AppTab, id: string) => Promise<unknown> | undefined): Promise<void> {
    const { installation } = this.device
    for (const id of [...installation.device.disk.tables.deadLetters.records.keys()]) {
      await this.#untilDone(installation, async (app) => {
        try {
          await action(app, id)
        } catch (error) {
          // Done before the tab died, or the storage said that it was not.
          if (!isLarderError(error, 'dead-letter-unknown')) throw error
        }
      })
    }
  }

  async #untilDone(installation: SceneDevice['installation'], action: (app: AppTab) => Promise<void>): Promise<void> {
    for (let tried = 0; tried < TRIES; tried++) {
      const [app] = installation.open
      let isDone = false
      if (app !== undefined) {
        action(app).then(
          () => {
            isDone = true
          },
          (error: unknown) => {
            if (isLarderError(error, 'storage-unavailable')) return
            this.scene.violations.add('no-defect', `${app.tab.name}: ${describe(error)}`)
          },
        )
      }
      await this.scene.run(200)
      if (isDone) return
    }
    this.scene.violations.add('quiet', `not done after ${TRIES} tries`)
  }
}

function meal(mealId: string, calories: number): NewEvent {
  const nothing = { protein: 0, carbs: 0, fat: 0, fibre: 0 }
  return MealLogged({
    ...{ userId: 'user-1', mealId, day: '2026-11-23', slot: 'lunch', name: 'Food', calories },
    ...nothing,
  })
}

function prepare({ tab }: AppTab, events: readonly NewEvent[], options: AppendOptions) {
  const { clock, ids } = tab.platform
  return prepareCommit(events, options, {
    catalog: app.domain.catalog,
    now: () => clock.now(),
    newId: () => ids.next(),
  })
}
