import { expect, it } from 'vitest'
import { Actor } from '../../../../src/testing/simulator/world/actor.ts'
import { Scheduler } from '../../../../src/testing/simulator/world/scheduler.ts'

it('does nothing any more once it is killed', async () => {
  const scheduler = new Scheduler()
  const actor = new Actor('tab', scheduler)
  const done: string[] = []
  actor.clock.after(5, () => done.push('timer'))
  void actor.sleep(5).then(() => done.push('slept'))
  actor.onKill(() => done.push('let go'))
  scheduler.after(3, () => actor.kill(), 'test', 'kill')
  expect(await scheduler.run()).toBe('idle')
  actor.clock.after(1, () => done.push('too late'))
  await scheduler.run()
  expect(done).toEqual(['let go'])
})

it('counts the timers that it waits for', async () => {
  const scheduler = new Scheduler()
  const actor = new Actor('tab', scheduler)
  const cancel = actor.clock.after(5, () => undefined)
  actor.clock.after(6, () => undefined)
  expect(actor.timers).toBe(2)
  cancel()
  expect(actor.timers).toBe(1)
  await scheduler.run()
  expect(actor.timers).toBe(0)
})

it('has a clock that a person can set, and one that only grows', async () => {
  const scheduler = new Scheduler()
  let skewMs = 1000
  const { clock } = new Actor('tab', scheduler, () => skewMs)
  const before = clock.now()
  await scheduler.run({ forMs: 100 })
  skewMs = -5000
  expect(clock.now()).toBe(before + 100 - 6000)
  expect(clock.monotonic()).toBe(100)
})
