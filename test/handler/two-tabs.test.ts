import { beforeEach, describe, expect, it } from 'vitest'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device } from '../support/device.ts'
import { Noted, noted } from '../support/notes.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let device: Device
let tabs: [Larder, Larder]

beforeEach(async () => {
  clock = new VirtualClock()
  device = new Device(1, clock)
  tabs = [await device.openTab(), await device.openTab()]
})

function follow(larder: Larder, seen: string[], where: string, takesMs = 0) {
  return larder.handle(
    Noted,
    async ({ data }) => {
      if (takesMs > 0) await new Promise<void>((resolve) => clock.after(takesMs, resolve))
      seen.push(`${data.text} in ${where}`)
    },
    { name: 'coach' },
  )
}

describe('of two tabs that have registered the same handler', () => {
  it('one runs it, for what either appends, and the other takes over when it closes', async () => {
    const [a, b] = tabs
    const seen: string[] = []
    follow(a, seen, 'a')
    follow(b, seen, 'b')
    await a.append(noted('1'))
    await b.append(noted('2'))
    await clock.advance(1000)
    expect(seen).toEqual(['1 in a', '2 in a'])
    await a.close()
    await b.append(noted('3'))
    await clock.advance(1000)
    expect(seen.slice(2)).toEqual(['3 in b'])
  })

  it('the other takes over when the first one stops it, once what ran there has ended, and does not do that again', async () => {
    const [a, b] = tabs
    const seen: string[] = []
    const first = follow(a, seen, 'a', 1000)
    follow(b, seen, 'b')
    await b.append([noted('1'), noted('2')])
    await clock.advance(10)
    const stopped = first.stop()
    await clock.advance(500)
    expect(seen).toEqual([])
    await clock.advance(1000)
    await stopped
    expect(seen).toEqual(['1 in a', '2 in b'])
  })

  it('the other waits 5 s for what is stopped and does not end, and then does it again', async () => {
    const [a, b] = tabs
    const seen: string[] = []
    const first = follow(a, seen, 'a', 60_000)
    follow(b, seen, 'b')
    await b.append(noted('1'))
    await clock.advance(10)
    const stopped = first.stop()
    await clock.advance(4900)
    expect(seen).toEqual([])
    await clock.advance(200)
    await stopped
    expect(seen).toEqual(['1 in b'])
  })

  it('the other takes over at once when the first one is closed in the middle of an event, also while it is being stopped', async () => {
    const [a, b] = tabs
    const seen: string[] = []
    const first = follow(a, seen, 'a', 60_000)
    follow(b, seen, 'b')
    await b.append(noted('1'))
    await clock.advance(10)
    void first.stop()
    await a.close()
    await clock.advance(10)
    expect(seen).toEqual(['1 in b'])
  })

  it('what fails because it is stopped is no failed attempt', async () => {
    const [a, b] = tabs
    const seen: string[] = []
    const first = a.handle(
      Noted,
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
      { name: 'coach', retry: { attempts: 1 } },
    )
    follow(b, seen, 'b')
    await b.append(noted('1'))
    await clock.advance(10)
    await first.stop()
    await clock.advance(10)
    expect(seen).toEqual(['1 in b'])
    expect(await b.deadLetters.list()).toEqual([])
  })

  it('each may have others besides, which run in their own tab', async () => {
    const [a, b] = tabs
    const seen: string[] = []
    follow(a, seen, 'a')
    b.handle(Noted, ({ data }) => seen.push(`${data.text} in other`), { name: 'other' })
    await a.append(noted('1'))
    await clock.advance(1000)
    expect(seen.sort()).toEqual(['1 in a', '1 in other'])
  })
})

describe('a dead letter of a handler', () => {
  it('is given to it again by a retry in another tab, and by every later failure later, up to a person', async () => {
    const [a, b] = tabs
    let isDown = true
    let runs = 0
    a.handle(
      Noted,
      () => {
        runs++
        if (isDown) throw new Error('down')
      },
      { name: 'coach', retry: { attempts: 1 } },
    )
    await a.append(noted('1'))
    await clock.advance(1000)
    const [letter] = await b.deadLetters.list()
    const id = letter?.id ?? ''
    await b.deadLetters.retry(id)
    await clock.advance(3_600_000)
    expect(runs).toBe(4)
    expect(await b.deadLetters.list()).toMatchObject([{ id, attempts: 4, nextAttempt: undefined }])
    isDown = false
    await b.deadLetters.retry(id)
    await clock.advance(1000)
    expect([runs, await a.deadLetters.list(), await b.deadLetters.list()]).toEqual([5, [], []])
  })

  it('waits for its handler, and is given to it when it is registered', async () => {
    const [a, b] = tabs
    const handler = a.handle(
      Noted,
      () => {
        throw new Error('no')
      },
      { name: 'coach', retry: { attempts: 1 } },
    )
    await a.append(noted('1'))
    await clock.advance(1000)
    await handler.stop()
    const [letter] = await b.deadLetters.list()
    await b.deadLetters.retry(letter?.id ?? '')
    await clock.advance(1000)
    expect(await b.deadLetters.stats()).toMatchObject({ total: 1, retryReady: 1 })
    const seen: string[] = []
    follow(b, seen, 'b')
    await clock.advance(1000)
    expect([seen, await b.deadLetters.list()]).toEqual([['1 in b'], []])
  })

  it('can be attempted by the app itself, discarded, and not amended', async () => {
    const [a] = tabs
    a.handle(
      Noted,
      () => {
        throw new Error('no')
      },
      { name: 'coach', retry: { attempts: 1 } },
    )
    for (const text of ['1', '2']) await a.append(noted(text))
    await clock.advance(1000)
    const [first, second] = await a.deadLetters.list()
    const failed = new Error('mail is down')
    const outcome = await a.deadLetters.attempt(first?.id ?? '', () => Promise.reject(failed))
    expect(outcome).toEqual({ settled: false, error: failed })
    const after = (await a.deadLetters.list())[0]
    expect(after).toMatchObject({ attempts: 2 })
    expect(after?.nextAttempt).toBeDefined()
    expect(await a.deadLetters.attempt(first?.id ?? '', ({ events }) => events[0]?.data)).toEqual({ settled: true })
    await expect(a.deadLetters.amend(second?.id ?? '', noted('x'))).rejects.toMatchObject({
      code: 'argument',
      details: { argument: 'id' },
    })
    await a.deadLetters.discard(second?.id ?? '')
    expect(await a.deadLetters.list()).toEqual([])
    await expect(a.deadLetters.attempt('nope', () => 1)).rejects.toMatchObject({ code: 'dead-letter-unknown' })
  })
})
