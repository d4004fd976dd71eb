import { expect, it } from 'vitest'
import { sleep } from '../../src/sync/sleep.ts'
import { settled, VirtualClock } from '../support/virtual-clock.ts'

it('ends when its time has come, or as soon as it is told to, and leaves no timer', async () => {
  const clock = new VirtualClock()
  const stop = new AbortController()
  const ended: string[] = []
  void sleep(clock, 100, stop.signal).then(() => ended.push('short'))
  void sleep(clock, 1e9, stop.signal).then(() => ended.push('long'))
  await clock.advance(99)
  expect(ended).toEqual([])
  await clock.advance(1)
  expect(ended).toEqual(['short'])
  stop.abort()
  await settled()
  expect([ended, clock.waiting]).toEqual([['short', 'long'], 0])
})

it('does not begin when it was told to end before', async () => {
  const clock = new VirtualClock()
  await sleep(clock, 1e9, AbortSignal.abort())
  expect(clock.waiting).toBe(0)
})
