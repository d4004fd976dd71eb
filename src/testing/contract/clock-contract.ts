import type { Clock } from '../../platform/ports.ts'
import type { TestRunner } from './test-runner.ts'

/** A clock, and the hand that moves it. */
export interface ClockPlace {
  readonly clock: Clock
  /** Lets at least so many ms pass for it, and runs what is due. Of a real clock: wait, or have the runner's fake timers go on. */
  readonly pass: (ms: number) => Promise<void>
}

/** What every `Clock` has to do. `newPlace` answers another clock each time, on which no timer waits. */
export function clockContract({ describe, it, expect }: TestRunner, name: string, newPlace: () => ClockPlace): void {
  describe(`clock contract: ${name}`, () => {
    it('says the time of day in ms since 1970, and goes on with what passes', async () => {
      const { clock, pass } = newPlace()
      const before = clock.now()
      // In s it would be in 1970.
      expect(new Date(before).getUTCFullYear() > 2000).toBe(true)
      await pass(50)
      expect(clock.now() - before >= 50).toBe(true)
    })

    it('measures in ms that only grow, by what passes', async () => {
      const { clock, pass } = newPlace()
      const measured = [clock.monotonic()]
      for (const ms of [0, 10, 40]) {
        await pass(ms)
        measured.push(clock.monotonic())
      }
      expect(measured.every((each, index) => each >= (measured[index - 1] ?? each))).toBe(true)
      // A real timer may be early by the grain of the clock.
      expect((measured.at(-1) ?? 0) - (measured[0] ?? 0) >= 49).toBe(true)
    })

    it('runs a task once, and not before its time', async () => {
      const { clock, pass } = newPlace()
      const begun = clock.monotonic()
      const ran: number[] = []
      clock.after(20, () => ran.push(clock.monotonic() - begun))
      expect(ran).toEqual([])
      await pass(25)
      await pass(100)
      expect(ran.map((after) => after >= 19)).toEqual([true])
    })

    it('runs tasks in the order of their times, and those of one time as they were given', async () => {
      const { clock, pass } = newPlace()
      const ran: string[] = []
      for (const [what, delayMs] of [
        ['later', 40],
        ['first', 10],
        ['second', 10],
      ] as const)
        clock.after(delayMs, () => ran.push(what))
      await pass(60)
      expect(ran).toEqual(['first', 'second', 'later'])
    })

    it('runs no task within the call that gives it, and one without a delay as soon as it can', async () => {
      const { clock, pass } = newPlace()
      const ran: number[] = []
      for (const delayMs of [0, -5]) clock.after(delayMs, () => ran.push(delayMs))
      expect(ran).toEqual([])
      await pass(5)
      expect(ran.length).toBe(2)
    })

    it('does not run what was cancelled, and takes a cancel twice, or too late', async () => {
      const { clock, pass } = newPlace()
      const ran: string[] = []
      const cancel = clock.after(10, () => ran.push('cancelled'))
      const cancelDone = clock.after(10, () => ran.push('kept'))
      cancel()
      cancel()
      await pass(30)
      cancelDone()
      cancelDone()
      clock.after(10, () => ran.push('next'))
      cancelDone()
      await pass(30)
      expect(ran).toEqual(['kept', 'next'])
    })

    it('lets a task give the next one, and cancel another that is due with it', async () => {
      const { clock, pass } = newPlace()
      const ran: string[] = []
      clock.after(10, () => {
        ran.push('one')
        cancel()
        clock.after(10, () => ran.push('three'))
      })
      const cancel = clock.after(10, () => ran.push('two'))
      await pass(15)
      await pass(30)
      expect(ran).toEqual(['one', 'three'])
    })

    it('keeps waiting for what is further away than the timers of machines go', async () => {
      const { clock, pass } = newPlace()
      const ran: string[] = []
      const cancels = [2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER].map((ms) => clock.after(ms, () => ran.push('early')))
      await pass(50)
      for (const cancel of cancels) cancel()
      expect(ran).toEqual([])
    })
  })
}
