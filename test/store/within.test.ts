import { expect, it } from 'vitest'
import type { Clock } from '../../src/platform/ports.ts'
import { answered, PATIENCE_MS, within } from '../../src/store/within.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

/** Of a machine that can fall asleep: what is due by the time it wakes up runs at once, late. */
class SleepyClock implements Clock {
  #timers: { readonly at: number; readonly task: () => void }[] = []
  #elapsed = 0

  now(): number {
    return this.#elapsed
  }

  monotonic(): number {
    return this.#elapsed
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { at: this.#elapsed + delayMs, task }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer)
    }
  }

  sleep(ms: number): void {
    this.#elapsed += ms
    const due = this.#timers.filter(({ at }) => at <= this.#elapsed)
    this.#timers = this.#timers.filter((timer) => !due.includes(timer))
    for (const { task } of due) task()
  }
}

const HOUR_MS = 3_600_000

it('answers undefined when it takes longer', async () => {
  const clock = new VirtualClock()
  const asked = within(clock, 3000, new Promise<never>(() => undefined))
  await clock.advance(2999)
  expect(clock.waiting).toBe(1)
  await clock.advance(1)
  expect(await asked).toBeUndefined()
  expect(clock.waiting).toBe(0)
})

it.each([0, 4, 9, 14, 19, 24])('hears what was answered while the machine slept from second %i on', async (second) => {
  const clock = new SleepyClock()
  let resolve = (_: string): void => undefined
  const answer = new Promise<string>((settle) => {
    resolve = settle
  })
  const asked = answered(clock, answer)
  for (let passed = 0; passed < second; passed++) clock.sleep(1000)
  clock.sleep(HOUR_MS)
  resolve('here')
  expect(await asked).toBe('here')
})

it('ends although every timer is late', async () => {
  const clock = new SleepyClock()
  const asked = answered(clock, new Promise<never>(() => undefined))
  asked.catch(() => undefined)
  for (let minute = 0; minute < 20; minute++) clock.sleep(60_000)
  await expect(asked).rejects.toThrow(`${PATIENCE_MS}`)
})
