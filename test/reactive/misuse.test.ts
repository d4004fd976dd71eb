import { config } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineDomain, defineEvent, defineProjection, from } from '../../src/domain.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device, watch } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { fragile, journal, noted } from '../support/notes.ts'
import { dumpDisk } from '../support/open-store.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const textsOf = async (larder: Larder) =>
  (await larder.events()).events.map(({ data }) => (data as { text: string }).text)

describe('C99: misuse', () => {
  afterEach(() => {
    config.onUnhandledError = null
  })

  it('after close, every call that asks for something says so, and nothing is stored', async () => {
    const device = new Device(1, new VirtualClock())
    const larder = await device.openTab()
    await larder.append(noted('a'))
    await larder.close()
    const before = await dumpDisk(device.disk)
    for (const call of [
      () => larder.append(noted('b')),
      () => larder.appendAll([noted('b')]),
      () => larder.get(journal),
      () => larder.events(),
      () => larder.deadLetters.list(),
      () => larder.sync.now(),
    ])
      expect(await failureOf(call)).toMatchObject({ code: 'closed' })
    expect(await dumpDisk(device.disk)).toEqual(before)
    await larder.close()
  })

  it('an append that nobody waited for is stored or refused, when the store is closed behind it', async () => {
    const device = new Device(1, new VirtualClock())
    const larder = await device.openTab()
    const stored: string[] = []
    const settled = ['a', 'b', 'c'].map((text) =>
      larder.append(noted(text)).then(
        () => {
          stored.push(text)
        },
        (error: unknown) => expect(error).toMatchObject({ code: 'closed' }),
      ),
    )
    await larder.close()
    await Promise.all(settled)
    const again = await device.openTab()
    expect(await textsOf(again)).toEqual(stored)
    await again.close()
  })

  it('an evolve function that throws stops its projection only, and says at which event', async () => {
    const clock = new VirtualClock()
    const larder = await new Device(1, clock).openTab()
    const health = watch(larder.health$)
    const states = watch(larder.viewState(fragile))
    const { eventIds } = await larder.append([noted('boom'), noted('after')])
    expect(await failureOf(() => larder.get(fragile))).toMatchObject({
      code: 'projection-faulted',
      details: { projection: 'fragile', eventId: eventIds[0] },
    })
    expect(await larder.get(journal)).toEqual(['boom', 'after'])
    await clock.advance(100)
    expect(states.last()).toMatchObject({ phase: 'faulted', error: { code: 'projection-faulted' } })
    expect(health.last()?.faulted).toMatchObject([{ projection: 'fragile', eventId: eventIds[0] }])
    expect([states.ended(), health.ended()]).toEqual([undefined, undefined])
    await larder.close()
  })

  it('an upcaster that throws hides its event only', async () => {
    const schema = z.object({ text: z.string() })
    const Before = defineEvent('Noted', { schema, stream: () => 'notes' })
    const After = defineEvent('Noted', {
      version: 2,
      schema,
      stream: () => 'notes',
      upcast: {
        1: from(schema, ({ text }) => {
          if (text === 'boom') throw new RangeError('secret')
          return { text }
        }),
      },
    })
    const texts = defineProjection('texts', {
      version: 1,
      events: [After],
      initial: (): readonly string[] => [],
      evolve: { Noted: (all, { data }) => [...all, data.text] },
    })
    const device = new Device(1, new VirtualClock())
    const earlier = await device.openTab({ domain: defineDomain({ version: '1', events: [Before] }) })
    await earlier.append([Before({ text: 'a' }), Before({ text: 'boom' }), Before({ text: 'b' })])
    await earlier.close()
    const larder = await device.openTab({
      domain: defineDomain({ version: '2', events: [After], projections: [texts] }),
    })
    const health = watch(larder.health$)
    expect(await larder.get(texts)).toEqual(['a', 'b'])
    await device.machine.clock.advance(100)
    expect(health.last()?.unreadable).toEqual([{ type: 'Noted', reason: 'unreadable', count: 1 }])
    expect(health.last()?.faulted).toEqual([])
    expect(await textsOf(larder)).toEqual(['a', 'b'])
    await larder.close()
  })

  it('a subscriber that throws is reported, and ends nobody’s stream', async () => {
    const reported: unknown[] = []
    config.onUnhandledError = (error) => reported.push(error)
    const clock = new VirtualClock()
    const larder = await new Device(1, clock).openTab()
    const problem = new RangeError('mine')
    const rude = <T>() => {
      const seen: T[] = []
      return {
        seen,
        next: (value: T) => {
          seen.push(value)
          throw problem
        },
      }
    }
    const [onView, onFeed, onCommits] = [rude(), rude(), rude()]
    larder.view(journal).subscribe(onView)
    larder.events$().subscribe(onFeed)
    larder.commits$.subscribe(onCommits)
    const view = watch(larder.view(journal))
    const feed = watch(larder.events$())
    await larder.append(noted('a'))
    await clock.advance(100)
    await larder.append(noted('b'))
    await clock.advance(100)
    expect(view.last()).toEqual(['a', 'b'])
    expect(feed.all).toHaveLength(2)
    expect(onView.seen.at(-1)).toEqual(['a', 'b'])
    expect(onFeed.seen).toHaveLength(2)
    await new Promise((resolve) => setTimeout(resolve))
    expect(reported.length).toBe(onView.seen.length + onFeed.seen.length + onCommits.seen.length)
    expect(reported.every((each) => each === problem)).toBe(true)
    await larder.close()
  })

  it('an append from inside of a projection neither hangs nor disturbs the fold', async () => {
    let larder: Larder | undefined
    const appended: Promise<unknown>[] = []
    const Said = defineEvent('Said', { schema: z.object({ text: z.string() }), stream: () => 'talk' })
    const echo = defineProjection('echo', {
      version: 1,
      events: [Said],
      initial: (): readonly string[] => [],
      evolve: {
        Said: (all, { data }) => {
          // Nobody should. It has to do no harm all the same.
          if (!data.text.startsWith('re: '))
            appended.push(larder?.append(Said({ text: `re: ${data.text}` })) ?? Promise.reject())
          return [...all, data.text]
        },
      },
    })
    const clock = new VirtualClock()
    larder = await new Device(1, clock).openTab({
      domain: defineDomain({ version: '1', events: [Said], projections: [echo] }),
    })
    const view = watch(larder.view(echo))
    await larder.append(Said({ text: 'hello' }))
    await clock.advance(100)
    await Promise.all(appended)
    await clock.advance(100)
    expect(view.last()).toEqual(['hello', 're: hello'])
    expect(await textsOf(larder)).toEqual(['hello', 're: hello'])
    await larder.close()
  })
})
