import { expect, it } from 'vitest'
import { PendingCalls } from '../../src/client/pending-calls.ts'
import { settled, VirtualClock } from '../support/virtual-clock.ts'

function calling() {
  const clock = new VirtualClock()
  const calls = new PendingCalls(clock)
  const ended: string[] = []
  const call = (
    name: string,
    afterMs: number,
    answer: Promise<unknown> = new Promise(() => undefined),
    again?: () => Promise<unknown>,
  ) =>
    void calls.guard(answer, { afterMs, error: () => 'too late', lost: () => 'lost', again }).then(
      (value) => ended.push(`${name}: ${value}`),
      (error: unknown) => ended.push(`${name}: ${error}`),
    )
  return { clock, calls, ended, call }
}

it('each ends at its own deadline, whenever it began', async () => {
  const { clock, ended, call } = calling()
  call('a', 30_000)
  await clock.advance(12_000)
  call('b', 30_000)
  await clock.advance(17_999)
  expect(ended).toEqual([])
  await clock.advance(1)
  expect(ended).toEqual(['a: too late'])
  await clock.advance(11_999)
  expect(ended).toHaveLength(1)
  await clock.advance(5000)
  expect(ended).toEqual(['a: too late', 'b: too late'])
})

it('a short one is not held up by long ones for more than a tick', async () => {
  const { clock, ended, call } = calling()
  call('long', 60_000)
  await clock.advance(1)
  call('short', 100)
  await clock.advance(5000)
  expect(ended).toEqual(['short: too late'])
})

it('an answer or a failure ends it, and no timer is left when none waits', async () => {
  const { clock, ended, call, calls } = calling()
  call('a', 1000, Promise.resolve('yes'))
  call('b', 1000, Promise.reject('no'))
  await settled()
  expect(ended).toEqual(['a: yes', 'b: no'])
  expect([calls.size, clock.waiting]).toEqual([0, 0])
})

it('all end together when no answer will come', async () => {
  const { clock, ended, call, calls } = calling()
  call('a', 1000)
  call('b', Number.POSITIVE_INFINITY)
  calls.rejectAll('gone')
  await settled()
  expect(ended).toEqual(['a: gone', 'b: gone'])
  expect([calls.size, clock.waiting]).toEqual([0, 0])
})

it('one that can be asked again is, once and within its time; the others are lost', async () => {
  const { clock, ended, call, calls } = calling()
  const asked: string[] = []
  const asking = (name: string, answer: Promise<unknown>) => () => {
    asked.push(name)
    return answer
  }
  const never = new Promise(() => undefined)
  let failFirst = (_: unknown) => {}
  const first = new Promise((_, reject) => {
    failFirst = reject
  })
  call('answered', 30_000, first, asking('answered', Promise.resolve('yes')))
  call('late', 30_000, never, asking('late', never))
  call('twice', 60_000, never, asking('twice', never))
  call('other', 30_000)
  await clock.advance(29_000)
  calls.loseAll()
  failFirst('the first worker is gone')
  await settled()
  expect([asked, ended]).toEqual([
    ['answered', 'late', 'twice'],
    ['other: lost', 'answered: yes'],
  ])
  await clock.advance(5000)
  expect(ended.slice(2)).toEqual(['late: too late'])
  calls.loseAll()
  await settled()
  expect(ended.slice(3)).toEqual(['twice: lost'])
  expect([asked.length, calls.size, clock.waiting]).toEqual([3, 0, 0])
})

it('one without a deadline waits', async () => {
  const { clock, ended, calls, call } = calling()
  call('a', Number.POSITIVE_INFINITY)
  await clock.advance(3_600_000)
  expect([ended, calls.size]).toEqual([[], 1])
})

it('time in which the page stood still does not count', async () => {
  const { clock, ended, call } = calling()
  const monotonic = clock.monotonic.bind(clock)
  let asleep = 0
  clock.monotonic = () => monotonic() + asleep
  call('a', 30_000)
  for (let night = 0; night < 3; night++) {
    asleep += 8 * 60 * 60 * 1000
    await clock.advance(5000)
  }
  expect(ended).toEqual([])
  await clock.advance(15_000)
  expect(ended).toEqual(['a: too late'])
})
