import { Engine } from '../../src/engine/engine.ts'
import type { ViewSpec } from '../../src/engine/view-hub.ts'
import { nutrition } from '../../src/nutrition/index.ts'
import type { Transport } from '../../src/platform/ports.ts'
import type { SimTab } from './world/sim-platform.ts'

const PLACE = 'larder/sim/user-1'
export const LOCK = `larder:sync:${PLACE}`

const EVERY_KEY = { kind: 'range', from: '', to: '\uffff' } as const

/** What every tab shows, as a screen does: it is told of changes, and never asks. */
export const VIEWS = [
  { projection: 'dailyIntake', target: EVERY_KEY, layer: 'all' },
  { projection: 'dailyIntake', target: EVERY_KEY, layer: 'confirmed' },
  { projection: 'goals', target: { kind: 'key', key: '' }, layer: 'all' },
  { projection: 'goals', target: { kind: 'key', key: '' }, layer: 'confirmed' },
  { projection: 'recentFoods', target: { kind: 'key', key: '' }, layer: 'all' },
] as const satisfies readonly ViewSpec[]

/** The production engine in one tab, and the screen on it. */
export class AppTab {
  readonly tab: SimTab
  /** By index into {@link VIEWS}: the states shown, by key. */
  readonly screens: readonly Map<string, unknown>[] = VIEWS.map(() => new Map())
  readonly #transport: Transport
  readonly #auth: () => Promise<string>
  #engine: Engine | undefined
  #isClosing = false

  constructor(tab: SimTab, transport: Transport, auth: () => Promise<string>) {
    this.tab = tab
    this.#transport = transport
    this.#auth = auth
  }

  /** Undefined while it opens, and once it closes. */
  get engine(): Engine | undefined {
    return this.tab.isAlive && !this.#isClosing ? this.#engine : undefined
  }

  /** @throws what {@link Engine.open} throws */
  async open(): Promise<void> {
    const { tab } = this
    const engine = await Engine.open({
      domain: nutrition,
      platform: tab.platform,
      backend: tab.storage,
      place: PLACE,
      sync: { transport: this.#transport, auth: this.#auth },
      // So small that the few events of a story are merged and sealed again and again.
      compaction: { events: 8, units: 4096, tailRun: 3, plainEvents: 6 },
    })
    this.#engine = engine
    for (const [index, view] of VIEWS.entries()) {
      engine.views.subscribe(index, view, ({ states, fault }) => {
        if (fault !== undefined) tab.actor.record(`view of ${view.projection}: ${fault.code}`)
        for (const [key, state] of states) this.screens[index]?.set(key, state)
      })
    }
  }

  async close(): Promise<void> {
    const engine = this.#engine
    this.#isClosing = true
    await engine?.close()
  }
}
