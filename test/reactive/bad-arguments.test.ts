import { beforeEach, describe, expect, it } from 'vitest'
import type { EventsQuery, FeedQuery } from '../../src/reactive/events-query.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { Noted, noted, notes } from '../support/notes.ts'
import { dumpDisk } from '../support/open-store.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

let device: Device
let larder: Larder

beforeEach(async () => {
  device = new Device(1, new VirtualClock())
  larder = await device.openTab({ domain: notes })
  await larder.append(noted('before'))
})

const untyped = <T>(value: unknown): T => value as T

const texts = () =>
  new ReadableStream<string>({
    start(controller) {
      controller.enqueue('{"larder":')
      controller.close()
    },
  })

async function expectRefused(argument: string, work: () => unknown): Promise<void> {
  const before = await dumpDisk(device.disk)
  const failure = await failureOf(work)
  expect([failure.code, failure.details]).toEqual(['argument', { argument }])
  expect(await dumpDisk(device.disk)).toEqual(before)
}

describe('C97: an argument that is not what it has to be is refused by its name:', () => {
  it.each<[string, unknown]>([
    ['query', 'notes'],
    ['stream', { stream: 5 }],
    ['types', { types: 'Noted' }],
    ['types', { types: ['Noted'] }],
    ['types', { types: [null] }],
    ['from', { from: 5 }],
    ['to', { to: 'soon' }],
    ['where', { where: null }],
    ['where', { where: ['ann'] }],
    ['where', { where: { x: undefined } }],
    ['where', { where: { x: { y: undefined } } }],
    ['where', { where: { x: new Date() } }],
    ['where', { where: { x: Number.NaN } }],
    ['filter', { filter: 5 }],
    ['filter', { filter: null }],
    ['direction', { direction: 'backwards' }],
    ['after', { after: 5 }],
    ['limit', { limit: '5' }],
  ])('%s of events(%o)', async (argument, query) => {
    await expectRefused(argument, () => larder.events(untyped<EventsQuery>(query)))
    await expectRefused(argument, async () => {
      for await (const _ of larder.events(untyped<EventsQuery>(query))) expect.unreachable('it gave an event')
    })
  })

  it.each<[string, unknown]>([
    ['query', 5],
    ['stream', { stream: null }],
    ['types', { types: ['Noted'] }],
    ['types', { types: null }],
    ['after', { after: 5 }],
    ['zone', { zone: 'pending' }],
  ])('%s of events$(%o)', async (argument, query) => {
    await expectRefused(argument, () => larder.events$(untyped<FeedQuery>(query)))
  })

  it.each<[string, unknown]>([
    ['options', null],
    ['options', 'fast'],
    ['signal', { signal: {} }],
    ['signal', { signal: null }],
    ['onProgress', { onProgress: 5 }],
  ])('%s of appendAll(events, %o), and of the import of a backup', async (argument, options) => {
    await expectRefused(argument, () => larder.appendAll([noted('after')], untyped(options)))
    await expectRefused(argument, () => larder.backup.import(larder.backup.export(), untyped(options)))
    await expectRefused(argument, () => larder.backup.check(larder.backup.export(), untyped(options)))
  })

  it('options of append and of amend', async () => {
    await expectRefused('options', () => larder.append(noted('after'), untyped(null)))
    await expectRefused('options', () => larder.deadLetters.amend('some', noted('after'), untyped(5)))
  })

  it('a backup of texts instead of bytes', async () => {
    await expectRefused('stream', () => larder.backup.import(untyped(texts())))
    await expectRefused('stream', () => larder.backup.check(untyped(texts())))
  })
})

it('metadata that is asked for is found in whatever order its names stand', async () => {
  const place = { city: 'Graz', country: { code: 'AT', name: 'Austria' } }
  await larder.append(noted('there'), { metadata: { place } })
  const asked = { country: { name: 'Austria', code: 'AT' }, city: 'Graz' }
  const { events } = await larder.events({ types: [Noted], where: { place: asked } })
  expect(events.map(({ data }) => data.text)).toEqual(['there'])
  const other = await larder.events({ where: { place: { ...asked, city: 'Linz' } } })
  expect(other.events).toEqual([])
  const less = await larder.events({ where: { place: { city: 'Graz' } } })
  expect(less.events).toEqual([])
})
