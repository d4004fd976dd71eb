import { expect, it } from 'vitest'
import { Device } from '../support/device.ts'
import { Erased, Noted, noted } from '../support/notes.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const open = async () => {
  const clock = new VirtualClock()
  const device = new Device(1, clock)
  return { clock, device, larder: await device.openTab() }
}

it('larder.bus is given what this tab stores, with id, time and stream, in order, and what is published on it', async () => {
  const { clock, device, larder } = await open()
  const seen: unknown[] = []
  larder.bus.on(Noted, ({ id, stream, data }) => seen.push([id, stream, data.text]))
  const { eventIds } = await larder.append([noted('1'), Erased({ text: '1' }), noted('2')])
  await clock.advance(0)
  await (await device.openTab()).append(noted('of another tab'))
  await larder.appendAll([noted('3')])
  expect(await larder.bus.publish(noted('not stored'))).toMatchObject({ delivered: 1 })
  await clock.advance(1000)
  expect(seen).toEqual([
    [eventIds[0], 'notes', '1'],
    [eventIds[2], 'notes', '2'],
    [expect.any(String), 'notes', '3'],
    [undefined, undefined, 'not stored'],
  ])
  expect((await larder.events({ types: [Noted] })).events).toHaveLength(4)
})

it('larder.bus has no part in whether an append goes well, nor in how long it takes', async () => {
  const { device, larder } = await open()
  larder.bus.on(Noted, () => {
    throw new RangeError('secret')
  })
  larder.bus.on(Noted, () => new Promise(() => undefined))
  await larder.append(noted('1'))
  expect(device.machine.errors).toEqual([
    'bus: an event could not be handled {"by":"handler","name":"","error":"RangeError"}',
  ])
  await larder.close()
  await expect(larder.bus.publish(noted('2'))).rejects.toMatchObject({ code: 'closed' })
})

it('larder.bus is not given what was refused', async () => {
  const { larder } = await open()
  const seen: string[] = []
  larder.bus.onAny(({ type }) => seen.push(type))
  await expect(larder.append(noted('1'), { expectedVersion: 5 })).rejects.toMatchObject({ code: 'concurrency' })
  expect(seen).toEqual([])
})

it('larder.bus gives its middleware what nobody has subscribed to, which may pass on something else in its place', async () => {
  const { clock, larder } = await open()
  const seen: string[] = []
  larder.bus.on(Erased, ({ type, data }) => seen.push(`${type} ${data.text}`))
  const takeOut = larder.bus.use(async (event, next) => {
    seen.push(`passes ${event.type}`)
    await next(event.type === 'Noted' ? Erased({ text: 'in its place' }) : event)
  })
  await larder.append(noted('1'))
  await clock.advance(0)
  expect(seen).toEqual(['passes Noted', 'Erased in its place'])
  takeOut()
  await larder.append(noted('2'))
  await clock.advance(0)
  expect(seen).toHaveLength(2)
})
