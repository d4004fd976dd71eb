import type { Page } from '@playwright/test'
import type { ChaosProxy } from './chaos-proxy.ts'
import { expect, leaderOf, test } from './chaos-test.ts'

const NEW_LEADER_MS = 2000

/** Ends a tab, with its worker. */
type End = (leader: Page) => Promise<void>

const ends: Readonly<Record<string, End>> = {
  /** Its process dies, and runs nothing of its own any more: locks, transactions and connections are for the browser to clear up. */
  crashes: async (leader) => {
    const session = await leader.context().newCDPSession(leader)
    const crashed = leader.waitForEvent('crash')
    // Nobody is left to answer.
    void session.send('Page.crash').catch(() => undefined)
    await crashed
  },
  'is closed': (leader) => leader.close(),
}

/** Brings the leader to a phase of a push, ends it there, and lets the world go on. */
const phases: Readonly<
  Record<string, (way: ChaosProxy, tabs: { leader: Page; other: Page }, end: End) => Promise<void>>
> = {
  'before it sends': async (_, { leader }, end) => {
    // The push waits 50 ms for more to come.
    await leader.evaluate(() => chaos.append(['in-flight']))
    await end(leader)
  },
  'when the request is on its way': async (way, { leader }, end) => {
    const gate = way.holdRequest()
    await leader.evaluate(() => chaos.append(['in-flight']))
    await gate.arrived
    await end(leader)
    gate.open()
  },
  'when the answer is on its way': async (way, { leader }, end) => {
    const gate = way.holdAnswer()
    await leader.evaluate(() => chaos.append(['in-flight']))
    await gate.arrived
    await end(leader)
    gate.open()
  },
  'before what the answer says is stored': async (way, { leader, other }, end) => {
    const gate = way.holdAnswer()
    await leader.evaluate(() => chaos.append(['in-flight']))
    await gate.arrived
    await other.evaluate(() => chaos.block())
    const answered = leader.waitForEvent('requestfinished', (request) => request.url().endsWith('/exchange'))
    gate.open()
    await answered.catch(() => undefined)
    await end(leader)
    await other.evaluate(() => chaos.release())
  },
}

for (const [how, end] of Object.entries(ends))
  for (const [when, bring] of Object.entries(phases)) {
    test(`C33: the tab that leads ${how} ${when}: another leads within 2 s, and nothing is sent for nothing or twice`, async ({
      server,
      way,
      openDevice,
    }) => {
      const pages = await openDevice(2)
      const { leader, other } = await leaderOf(pages)
      await leader.evaluate(() => chaos.append(['before']))
      await expect.poll(() => server.meals()).toEqual(['before'])
      await expect.poll(() => other.evaluate(() => chaos.stands().pending)).toBe(0)
      await bring(way, { leader, other }, end)
      const diedAt = Date.now()
      await expect
        .poll(() => other.evaluate(() => chaos.stands().leader), { timeout: NEW_LEADER_MS, intervals: [20] })
        .toBe(true)
      console.log(`another leads after ${Date.now() - diedAt} ms`)
      await expect.poll(() => other.evaluate(() => chaos.stands().pending)).toBe(0)
      expect(await server.meals()).toEqual(['before', 'in-flight'])
      expect(await other.evaluate(() => chaos.meals())).toEqual({ confirmed: ['before', 'in-flight'], pending: [] })
    })
  }
