import { beforeEach, describe, expect, it } from 'vitest'
import { LarderError } from '../../src/errors.ts'
import { Device, watch } from '../support/device.ts'
import { noted } from '../support/notes.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let server: SyncServer
let device: Device
/** The tokens that the server takes; whatever else comes is answered with 401. */
let good: Set<string>

beforeEach(() => {
  clock = new VirtualClock()
  server = new SyncServer()
  device = new Device(1, clock)
  good = new Set(['fresh'])
  server.instead = (_, { token }) =>
    good.has(token ?? '') ? undefined : answer(401, { code: 'token-expired', message: 'A sentence' })
})

type App = () => Promise<string | undefined>
const hangs: App = () => new Promise(() => undefined)
const gives =
  (token: string | undefined): App =>
  async () =>
    token
const offline: App = () => Promise.reject(new TypeError('Failed to fetch'))

/** Apps of several tabs; counts how many are at it at a time. */
class Apps {
  readonly asked: number[] = []
  most = 0
  #now = 0

  /** @param tookMs how long a renewal takes */
  of(app: App, tookMs = 300): App {
    const index = this.asked.push(0) - 1
    return async () => {
      this.asked[index] = (this.asked[index] ?? 0) + 1
      this.most = Math.max(this.most, ++this.#now)
      await new Promise<void>((resolve) => clock.after(tookMs, resolve))
      return app().finally(() => this.#now--)
    }
  }
}

async function openTabs(...apps: App[]) {
  const tabs = []
  for (const auth of apps) tabs.push(await device.openTab({ server, auth: auth as () => Promise<string> }))
  const status = tabs.map((tab) => watch(tab.sync.status$))
  return { tabs, status, states: () => status.map((each) => each.last()?.state) }
}

describe('C57: a token that the server refuses in the middle of a batch', () => {
  it('is renewed once for all tabs, and the batch goes on', async () => {
    const apps = new Apps()
    let token = 'fresh'
    const { tabs, states } = await openTabs(...[0, 1, 2, 3].map(() => apps.of(async () => token)))
    await clock.advance(1000)
    expect(apps.asked).toEqual([1, 0, 0, 0])
    good = new Set(['fresher'])
    token = 'fresher'
    await Promise.all(tabs.map((tab, n) => tab.append(noted(`from ${n}`))))
    await clock.advance(2000)
    expect([apps.asked, apps.most, states()]).toEqual([[2, 0, 0, 0], 1, Array(4).fill('idle')])
    expect((await server.texts()).sort()).toEqual(['from 0', 'from 1', 'from 2', 'from 3'])
  })

  it.each<[string, App]>([
    ['has none', gives(undefined)],
    ['says that it has none', () => Promise.reject(new LarderError('auth-required', 'Signed out', {}))],
    ['cannot say', offline],
    ['gives the same again', gives('stale')],
    ['hangs', hangs],
  ])('is had from another tab where the app of the one that leads %s', async (_, leading) => {
    const { tabs, states } = await openTabs(leading, gives(undefined), gives('stale'), gives('fresh'))
    await tabs[0]?.append(noted('x'))
    await clock.advance(29_000)
    expect([await server.texts(), states()]).toEqual([['x'], Array(4).fill('idle')])
  })

  it('is asked for in one tab at a time', async () => {
    const apps = new Apps()
    const { tabs } = await openTabs(
      ...[gives(undefined), gives(undefined), gives('fresh'), gives('fresh')].map((app) => apps.of(app)),
    )
    await tabs[0]?.append(noted('x'))
    await clock.advance(5000)
    expect([await server.texts(), apps.most, apps.asked]).toEqual([['x'], 1, [1, 1, 1, 0]])
  })

  it.each<[string, App, string]>([
    ['has none', gives(undefined), 'auth-required'],
    ['gives the same again', gives('stale'), 'auth-required'],
    ['cannot say', offline, 'offline'],
    ['hangs', hangs, 'offline'],
  ])('that no app can renew, since each %s, loses nothing and goes on when one can', async (_, app, state) => {
    let current = app
    const { tabs, states } = await openTabs(...[0, 1, 2].map(() => () => current()))
    await tabs[1]?.append(noted('x'))
    await clock.advance(32_000)
    expect([states(), await server.texts()]).toEqual([Array(3).fill(state), []])
    const fates = watch((await device.openTab({ server })).commits$)
    await clock.advance(50)
    expect([...(fates.last()?.values() ?? [])].map((fate) => fate.state)).toEqual(['pending'])
    current = gives('fresh')
    await tabs[2]?.sync.resume()
    await clock.advance(40_000)
    expect([states(), await server.texts()]).toEqual([Array(3).fill('idle'), ['x']])
  })

  it('leaves no timer behind in a tab that closes while apps are asked', async () => {
    const { tabs } = await openTabs(hangs, hangs, hangs)
    await clock.advance(12_000)
    await Promise.all(tabs.map((tab) => tab.close()))
    await clock.advance(0)
    expect(clock.waiting).toBe(0)
  })
})
