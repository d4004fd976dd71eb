import type { BenchTab } from '../harness/browser.ts'
import { reasonOf } from '../harness/measure-row.ts'
import { atLeast, type Row, type RunContext } from '../harness/row.ts'

const TABS = 4
const APPENDS = 500
/** With a version to expect, appends have to wait for each other. */
const APPENDS_WITH_VERSION = { quick: 100, full: 500 }

export const tabs: Row = {
  name: 'tabs',
  unit: 'events/s',
  isHigherBetter: true,
  what: '4 tabs × 500 appends to one stream, none awaited before the last; and again with an expected version, retried on conflict',
  peers: [],
  measure: async (_, context) => {
    const together = await inTabs(TABS, 'tabs-any', context, APPENDS, false)
    const alone = await inTabs(1, 'tabs-one', context, TABS * APPENDS, false)
    const each = context.quick ? APPENDS_WITH_VERSION.quick : APPENDS_WITH_VERSION.full
    const versioned = await inTabs(TABS, 'tabs-version', context, each, true)
    if (versioned.conflicts === 0) throw new Error('Four tabs expected versions of one stream and no one was refused')
    return {
      p50: together.rate,
      also: {
        'one tab events/s': alone.rate,
        'with version events/s': versioned.rate,
        'conflicts told': versioned.conflicts,
      },
    }
  },
  goals: ({ p50, also }) => atLeast("of one tab's rate", p50 / (also?.['one tab events/s'] ?? Number.NaN), 0.5),
}

/** Lets tabs append at the same time, then has one of them check that every event is there, once, without a gap. */
async function inTabs(
  count: number,
  name: string,
  { browser, server, run }: RunContext,
  appends: number,
  expectVersion: boolean,
) {
  const origin = server.originOf(`${name}-${run}`, 'larder')
  const opened: BenchTab[] = []
  const open = (left: number): Promise<{ rate: number; conflicts: number }> =>
    browser.withPage(origin, async (tab) => {
      await tab.run('tab-open', undefined)
      opened.push(tab)
      if (left > 1) return open(left - 1)
      const answers = await Promise.all(opened.map((each) => each.run('tab-append', { appends, expectVersion })))
      await tab.run('tab-check', { events: count * appends })
      const ms =
        Math.max(...answers.map(({ endedAt }) => endedAt)) - Math.min(...answers.map(({ startedAt }) => startedAt))
      const conflicts = answers.reduce((sum, answer) => sum + answer.conflicts, 0)
      return { rate: ((count * appends) / ms) * 1000, conflicts }
    })
  try {
    return await open(count)
  } catch (error) {
    throw new Error(`${name}: ${reasonOf(error)}`, { cause: error })
  } finally {
    await browser.clear(origin)
  }
}
