import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineDomain, defineEvent, from, retireEvent } from '../../src/domain.ts'
import { Device } from '../support/device.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const Before = z.object({ n: z.number(), notes: z.array(z.string()) })
const Text = z.object({ text: z.string() })
const LoggedV1 = defineEvent('Logged', { schema: Before, stream: () => 'days' })
const Remarked = defineEvent('Remarked', { schema: Text, stream: () => 'days' })
const Noted = defineEvent('Noted', { schema: Text, stream: () => 'days' })
const Logged = defineEvent('Logged', {
  version: 2,
  schema: z.object({ n: z.number() }),
  stream: () => 'days',
  upcast: {
    1: from(Before, [Noted], ({ n, notes }, current) => [current({ n }), ...notes.map((text) => Noted({ text }))]),
  },
})
const before = defineDomain({ version: '1', events: [LoggedV1, Remarked] })
const today = defineDomain({
  version: '2',
  events: [Logged, Noted],
  retired: [retireEvent('Remarked', { upcast: { 1: from(Text, [Noted], (old) => [Noted(old)]) } })],
})

describe('a durable handler of events that were split after they were stored', () => {
  it.each([
    ['Noted', Noted, ['Noted a', 'Noted b', 'Noted c']],
    ['Logged', Logged, ['Logged 1', 'Logged 2']],
  ] as const)('is given what they mean today of the type that it asked for: %s', async (_type, asked, expected) => {
    const clock = new VirtualClock()
    const device = new Device(1, clock)
    const earlier = await device.openTab({ domain: before })
    await earlier.append([
      LoggedV1({ n: 1, notes: ['a', 'b'] }),
      LoggedV1({ n: 2, notes: [] }),
      Remarked({ text: 'c' }),
    ])
    await earlier.close()

    const larder = await device.openTab({ domain: today })
    const seen: string[] = []
    larder.handle<typeof Noted | typeof Logged>(
      asked,
      ({ type, data }) => {
        seen.push(`${type} ${'text' in data ? data.text : data.n}`)
      },
      { name: 'coach', from: 'start' },
    )
    await clock.advance(1000)
    expect(seen).toEqual(expected)
    expect(await larder.deadLetters.list()).toEqual([])
    await larder.close()
  })
})
