import { expect, it } from 'vitest'
import { Scheduler } from '../../../../src/testing/simulator/world/scheduler.ts'

const run = async (scheduler: Scheduler, delays: readonly number[]) => {
  const order: string[] = []
  for (const [index, delay] of delays.entries()) {
    scheduler.after(delay, () => order.push(`${index} at ${scheduler.now}`), 'test', `timer ${index}`)
  }
  await scheduler.run()
  return order
}

it('fires timers by their time, and those of the same time in the order in which they were set', async () => {
  expect(await run(new Scheduler(), [5, 1, 5, 0, 0.2])).toEqual(['3 at 0', '1 at 1', '4 at 1', '0 at 5', '2 at 5'])
})

it('lets no time pass while a promise can still settle', async () => {
  const scheduler = new Scheduler()
  const order: string[] = []
  const work = async (): Promise<void> => {
    for (let turn = 0; turn < 100; turn++) await Promise.resolve()
    await new Promise<void>((resolve) => queueMicrotask(resolve))
    order.push(`work ends at ${scheduler.now}`)
    scheduler.after(1, () => order.push(`its timer at ${scheduler.now}`), 'test', 'late')
  }
  scheduler.after(3, () => void work(), 'test', 'work')
  scheduler.after(4, () => order.push(`next at ${scheduler.now}`), 'test', 'next')
  await scheduler.run()
  expect(order).toEqual(['work ends at 3', 'next at 4', 'its timer at 4'])
})

it('forgets a timer that was cancelled, also by another of the same time', async () => {
  const scheduler = new Scheduler()
  const fired: string[] = []
  scheduler.after(2, () => cancel(), 'test', 'cancels')
  const cancel = scheduler.after(2, () => fired.push('cancelled'), 'test', 'cancelled')
  expect(await scheduler.run()).toBe('idle')
  expect(fired).toEqual([])
})

it('stops at a time, at a number of steps, or as soon as something holds', async () => {
  const scheduler = new Scheduler()
  let beats = 0
  const beat = (): void => {
    beats++
    scheduler.after(10, beat, 'test', 'beat')
  }
  beat()
  expect(await scheduler.run({ forMs: 25 })).toBe('time')
  expect([scheduler.now, beats]).toEqual([25, 3])
  expect(await scheduler.run({ maxSteps: 4 })).toBe('steps')
  expect(beats).toBe(7)
  expect(await scheduler.run({ until: () => beats === 9 })).toBe('until')
  expect([scheduler.now, beats]).toEqual([80, 9])
})

it('gives the same trace hash for the same events, and another for any other', async () => {
  const hashOf = async (delays: readonly number[]): Promise<string> => {
    const scheduler = new Scheduler()
    await run(scheduler, delays)
    return scheduler.trace.hash
  }
  const hash = await hashOf([1, 2, 3])
  expect(hash).toMatch(/^[0-9a-f]{16}$/)
  expect(await hashOf([1, 2, 3])).toBe(hash)
  expect(await hashOf([1, 2, 4])).not.toBe(hash)
  expect(await hashOf([1, 3, 2])).not.toBe(hash)
})
