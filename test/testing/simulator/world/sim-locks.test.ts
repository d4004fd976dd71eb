import { expect, it } from 'vitest'
import { Actor } from '../../../../src/testing/simulator/world/actor.ts'
import { FaultCounts } from '../../../../src/testing/simulator/world/fault-counts.ts'
import { Scheduler } from '../../../../src/testing/simulator/world/scheduler.ts'
import { SimLocks } from '../../../../src/testing/simulator/world/sim-locks.ts'

const never = new AbortController().signal

function setUp() {
  const scheduler = new Scheduler()
  const counts = new FaultCounts()
  const locks = new SimLocks({ counts })
  const events: string[] = []
  const tab = (name: string) => {
    const actor = new Actor(name, scheduler)
    const hold = (heldMs: number, signal = never): Promise<void> => {
      return locks
        .locksOf(actor)
        .hold('lock', signal, async (lost) => {
          events.push(`${name} holds at ${scheduler.now}`)
          lost.addEventListener('abort', () => events.push(`${name} is told`))
          await actor.sleep(heldMs)
        })
        .catch((error: unknown) => {
          events.push(`${name}: ${error instanceof Error ? error.name : 'error'}`)
        })
    }
    return { actor, hold }
  }
  return { scheduler, locks, counts, events, a: tab('a'), b: tab('b'), c: tab('c') }
}

it('gives the lock to one at a time, in the order in which they came', async () => {
  const { scheduler, events, a, b, c } = setUp()
  for (const { hold } of [a, b, c]) void hold(10)
  await scheduler.run()
  expect(events).toEqual(['a holds at 0', 'b holds at 10', 'c holds at 20'])
})

it('frees the lock of a tab that dies, and forgets one that dies waiting', async () => {
  const { scheduler, events, locks, a, b, c } = setUp()
  for (const { hold } of [a, b, c]) void hold(10)
  scheduler.after(2, () => b.actor.kill(), 'test', 'kill b')
  scheduler.after(4, () => a.actor.kill(), 'test', 'kill a')
  await scheduler.run()
  expect(events).toEqual(['a holds at 0', 'c holds at 4'])
  expect([a, b, c].map(({ actor }) => locks.isInvolved(actor))).toEqual([false, false, false])
})

it('lets go of somebody who waits when its signal aborts', async () => {
  const { scheduler, events, a, b, c } = setUp()
  const patience = new AbortController()
  void a.hold(10)
  void b.hold(10, patience.signal)
  void c.hold(10)
  scheduler.after(3, () => patience.abort(), 'test', 'abort')
  await scheduler.run()
  expect(events).toEqual(['a holds at 0', 'b: AbortError', 'c holds at 10'])
})

it('tells the holder when the lock is stolen, and gives it to the next', async () => {
  const { scheduler, events, counts, locks, a, b } = setUp()
  void a.hold(10)
  void b.hold(10)
  scheduler.after(5, () => locks.steal('lock'), 'test', 'steal')
  await scheduler.run()
  expect(events).toEqual(['a holds at 0', 'a is told', 'b holds at 5', 'a: AbortError'])
  expect(counts.of('lock-stolen')).toBe(1)
})
