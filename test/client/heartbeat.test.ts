import { expect, it } from 'vitest'
import { HEARTBEAT, Heartbeat } from '../../src/client/heartbeat.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

function watch(answer: () => Promise<unknown>) {
  const clock = new VirtualClock()
  const seen = { pings: 0, silences: 0, needed: true }
  const heartbeat = new Heartbeat({
    clock,
    ping: () => {
      seen.pings++
      return answer()
    },
    isNeeded: () => seen.needed,
    onSilent: () => {
      seen.silences++
    },
  })
  heartbeat.start()
  return { clock, seen, heartbeat }
}

const never = () => new Promise<never>(() => undefined)

it('a worker that leaves three questions unanswered is given up, once', async () => {
  const { clock, seen } = watch(never)
  await clock.advance(HEARTBEAT.everyMs * HEARTBEAT.misses - 1)
  expect(seen.silences).toBe(0)
  await clock.advance(1)
  expect(seen.silences).toBe(1)
  await clock.advance(60_000)
  expect(seen).toMatchObject({ silences: 1, pings: 3 })
})

it('a worker that answers is asked as long as somebody waits for it, and then left alone', async () => {
  const { clock, seen } = watch(() => Promise.resolve())
  await clock.advance(60_000)
  expect(seen).toMatchObject({ silences: 0, pings: 13 })
  seen.needed = false
  await clock.advance(60_000)
  expect(seen.pings).toBe(13)
  expect(clock.waiting).toBe(0)
})

it('an answer between two silences forgives the first', async () => {
  let asked = 0
  const { clock, seen } = watch(() => (++asked % 3 === 0 ? Promise.resolve() : never()))
  await clock.advance(120_000)
  expect(seen.silences).toBe(0)
})

it('time in which the page stood still does not count', async () => {
  const { clock, seen } = watch(never)
  const monotonic = clock.monotonic.bind(clock)
  let asleep = 0
  clock.monotonic = () => monotonic() + asleep
  for (let night = 0; night < 5; night++) {
    asleep += 8 * 60 * 60 * 1000
    await clock.advance(HEARTBEAT.everyMs)
  }
  expect(seen.silences).toBe(0)
})

it('a ping that fails is no answer', async () => {
  const { clock, seen } = watch(() => Promise.reject(new Error('closed')))
  await clock.advance(60_000)
  expect(seen.silences).toBe(1)
})

it('stopped, it asks no more', async () => {
  const { clock, seen, heartbeat } = watch(never)
  heartbeat.stop()
  await clock.advance(60_000)
  expect(seen).toMatchObject({ silences: 0, pings: 1 })
})
