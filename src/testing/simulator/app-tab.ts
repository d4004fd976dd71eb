import { Engine } from '../../engine/engine.ts'
import type { ViewSpec } from '../../engine/view-hub.ts'
import type { Transport } from '../../platform/ports.ts'
import type { Domain } from '../../projection/define-domain.ts'
import type { Larder } from '../../reactive/larder.ts'
import { openInThread } from '../open-in-thread.ts'
import type { SimTab } from './world/sim-platform.ts'

const PLACE = 'larder/sim/user-1'
export const LOCK = `larder:sync:${PLACE}`

const EVERY_KEY = { kind: 'range', from: '', to: '\uffff' } as const
const ONLY_KEY = { kind: 'key', key: '' } as const

/** What runs in every tab. */
export interface SimApp {
  readonly domain: Domain
  /** What every tab shows, as a screen does: it is told of changes, and never asks. */
  readonly views: readonly ViewSpec[]
  /** Whether somebody uses the public API in each tab, and not the engine alone. */
  readonly hasLarder: boolean
  /**
   * Each tab shows every second view, so that two neighbours show them all, and is asked for one key of each. Over many seeds nothing is left out, and
   * there are many more seeds in the same time.
   */
  readonly samples: boolean
}

/** All states of all projections, with what is pending and without. */
export function viewsOf({ projections }: Domain): readonly ViewSpec[] {
  return [...projections.values()].flatMap(({ name, kind }) =>
    (['all', 'confirmed'] as const).map((layer) => ({
      projection: name,
      target: kind === 'keyed' ? EVERY_KEY : ONLY_KEY,
      layer,
    })),
  )
}

/** The production engine in one tab, and the screen on it. */
export class AppTab {
  readonly tab: SimTab
  /** By index into the app's views: the states shown, by key. Undefined where this tab does not show the view. */
  readonly screens: readonly (Map<string, unknown> | undefined)[]
  readonly #app: SimApp
  readonly #transport: Transport
  readonly #auth: () => Promise<string>
  #engine: Engine | undefined
  #larder: Larder | undefined
  #isClosing = false

  constructor(app: SimApp, tab: SimTab, transport: Transport, auth: () => Promise<string>) {
    this.#app = app
    this.screens = app.views.map((_, index) => (app.samples && index % 2 !== tab.number % 2 ? undefined : new Map()))
    this.tab = tab
    this.#transport = transport
    this.#auth = auth
  }

  /** Of the release that it runs. */
  get domain(): Domain {
    return this.#app.domain
  }

  /** Undefined while it opens, and once it closes. */
  get engine(): Engine | undefined {
    return this.#isOpen ? this.#engine : undefined
  }

  /** Undefined while there is no engine, and where the app has no use for one. */
  get larder(): Larder | undefined {
    return this.#isOpen ? this.#larder : undefined
  }

  /** @throws what {@link Engine.open} throws */
  async open(): Promise<void> {
    const { tab } = this
    const { domain, views, hasLarder } = this.#app
    const engine = await Engine.open({
      domain,
      platform: tab.platform,
      backend: tab.storage,
      place: PLACE,
      sync: { transport: this.#transport, auth: this.#auth },
      // So small that the few events of a story are merged and sealed again and again.
      compaction: { events: 8, units: 4096, tailRun: 3, plainEvents: 6 },
    })
    if (hasLarder) {
      const { platform } = tab
      this.#larder = await openInThread({ domain, platform, name: 'sim', syncs: true, openEngine: async () => engine })
    }
    this.#engine = engine
    for (const [index, view] of views.entries()) {
      const screen = this.screens[index]
      if (screen === undefined) continue
      engine.views.subscribe(SCREEN - index, view, ({ states, gone, fault }) => {
        if (fault !== undefined) tab.actor.record(`view of ${view.projection}: ${fault.code}`)
        for (const [key, state] of states) screen.set(key, state)
        for (const key of gone) screen.delete(key)
      })
    }
  }

  async close(): Promise<void> {
    const engine = this.#engine
    this.#isClosing = true
    await (this.#larder ?? engine)?.close()
  }

  get #isOpen(): boolean {
    return this.tab.isAlive && !this.#isClosing
  }
}

/** Subscriptions of a larder count up from 1. */
const SCREEN = -1
