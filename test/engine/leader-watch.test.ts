import { expect, it } from 'vitest'
import { LEADER_ANSWER_MS, LEADER_LOOK_MS, LeaderWatch } from '../../src/engine/leader-watch.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

function watching() {
  const clock = new VirtualClock()
  const said: string[] = []
  let leads = false
  const watch = new LeaderWatch({
    clock,
    isLeader: () => leads,
    ask: () => said.push('asked'),
    onSilent: () => said.push('silent'),
  })
  return { clock, said, watch, lead: (does: boolean) => (leads = does) }
}

it('asks twice, and only then takes nobody to lead', async () => {
  const { clock, said, watch } = watching()
  watch.start()
  await clock.advance(LEADER_LOOK_MS + 2 * LEADER_ANSWER_MS - 1)
  expect(said).toEqual(['asked', 'asked'])
  await clock.advance(1)
  expect(said).toEqual(['asked', 'asked', 'silent'])
})

it('begins anew when the tab that leads is heard, at the last moment too', async () => {
  const { clock, said, watch } = watching()
  watch.start()
  await clock.advance(LEADER_LOOK_MS + 2 * LEADER_ANSWER_MS - 1)
  watch.heard()
  await clock.advance(LEADER_LOOK_MS - 1)
  expect(said).toEqual(['asked', 'asked'])
  await clock.advance(1)
  expect(said).toEqual(['asked', 'asked', 'asked'])
})

it('asks nobody while its own tab leads', async () => {
  const { clock, said, watch, lead } = watching()
  watch.start()
  lead(true)
  await clock.advance(10 * LEADER_LOOK_MS)
  expect(said).toEqual([])
})

it('rests until it is started again, and ends for good', async () => {
  const { clock, said, watch } = watching()
  watch.start()
  watch.rest()
  watch.heard()
  expect(clock.waiting).toBe(0)
  watch.start()
  await clock.advance(LEADER_LOOK_MS)
  expect(said).toEqual(['asked'])
  watch.stop()
  // As a tab that closes is told that it wakes.
  watch.start()
  expect(clock.waiting).toBe(0)
})
