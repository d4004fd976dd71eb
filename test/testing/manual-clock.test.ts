import { describe, expect, it, vi } from 'vitest'
import { ManualClock, TEST_START } from '../../src/testing/time/manual-clock.ts'

describe('a manual clock', () => {
  it('stands still until it is told to go on', async () => {
    const clock = new ManualClock()
    let ran = false
    clock.after(1, () => {
      ran = true
    })
    await clock.advance(0)
    expect([ran, clock.now(), clock.monotonic(), clock.waiting]).toEqual([false, TEST_START, 0, 1])
    await clock.advance(1)
    expect([ran, clock.now(), clock.monotonic(), clock.waiting]).toEqual([true, TEST_START + 1, 1, 0])
  })

  it('runs what is due at its time, soonest first, and what that sets on the way', async () => {
    const clock = new ManualClock(0)
    const ran: string[] = []
    const note = (name: string) => () => ran.push(`${name} at ${clock.now()}`)
    clock.after(20, note('late'))
    clock.after(10, () => {
      note('soon')()
      clock.after(5, note('between'))
    })
    clock.after(10, note('soon too'))
    clock.after(31, note('too late'))
    await clock.advance(30)
    expect(ran).toEqual(['soon at 10', 'soon too at 10', 'between at 15', 'late at 20'])
    expect(clock.now()).toBe(30)
  })

  it('lets everything settle that a timer set off before the next one runs', async () => {
    const clock = new ManualClock()
    const ran: string[] = []
    const settle = async () => {
      for (let turn = 0; turn < 50; turn++) await Promise.resolve()
      ran.push('settled')
    }
    clock.after(1, () => void settle())
    clock.after(1, () => ran.push('next'))
    await clock.advance(1)
    expect(ran).toEqual(['settled', 'next'])
  })

  it('forgets what was cancelled, and says when nothing waits', async () => {
    const clock = new ManualClock()
    const cancel = clock.after(1, () => expect.unreachable())
    const idle = clock.whenIdle()
    cancel()
    await idle
    await clock.advance(10)
    expect(clock.waiting).toBe(0)
  })

  it('can be set like a clock on a wall: timers and durations do not care', async () => {
    const clock = new ManualClock()
    let ran = false
    clock.after(1000, () => {
      ran = true
    })
    clock.set(0)
    expect([clock.now(), clock.monotonic()]).toEqual([0, 0])
    await clock.advance(999)
    expect(ran).toBe(false)
    await clock.advance(1)
    expect([ran, clock.now()]).toEqual([true, 1000])
  })

  it('does not wait for the timers that a test runner has faked', async () => {
    vi.useFakeTimers()
    try {
      const clock = new ManualClock()
      await clock.advance(1000)
      expect(clock.monotonic()).toBe(1000)
    } finally {
      vi.useRealTimers()
    }
  })
})
