import { describe, expect, it } from 'vitest'
import { defineDomain, type Middleware, type NewEvent, withMetadata } from '../../src/domain.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { uuid } from '../support/prepared.ts'
import { Done, Opened, Read, taskDomain, tasks } from '../support/tasks.ts'
import { settled, VirtualClock } from '../support/virtual-clock.ts'

const clock = () => new VirtualClock()

/** What the bus is told of these types. */
function listen(larder: Larder) {
  const told: unknown[] = []
  larder.bus.on([Opened, Done, Read], (event) => void told.push(event))
  return told
}

const opened = (title: string): NewEvent => ({ ...Opened({ task: title, title }), stream: 'tasks-a' })

describe('the bus of a store', () => {
  it('is told what commands store, once, as it is stored', async () => {
    const larder = await new Device(1, clock()).openTab({ domain: taskDomain })
    const told = listen(larder)
    const id = uuid(7)
    const receipt = await larder.execute(tasks, 'a', { id }).open({ title: 'tea', task: 't1' })
    await larder.execute(tasks, 'a').open({ title: 'cake', task: 't2' })
    await larder.execute(tasks, 'a').finishAll()
    expect(Object.keys(receipt).sort()).toEqual(['commitId', 'eventIds', 'position', 'settled'])
    await settled()
    const { events } = await larder.events({ stream: 'tasks-a' })
    expect(told).toMatchObject(events.map(({ id, type, data, metadata }) => ({ id, type, data, metadata })))
    expect(told).toHaveLength(4)
    // Given again, refused, or with nothing to do, it stores nothing.
    await larder.execute(tasks, 'a', { id }).open({ title: 'tea', task: 't1' })
    await failureOf(() => larder.execute(tasks, 'a').finish('t9'))
    await larder.execute(tasks, 'a').finishAll()
    await settled()
    expect(told).toHaveLength(4)
  })

  it('is told what drafts, appendAll and append store, and nothing that was there', async () => {
    const larder = await new Device(1, clock()).openTab({ domain: taskDomain })
    const told = listen(larder)
    const draft = await larder.edit(tasks, 'a')
    draft.apply(Opened({ task: 't1', title: 'draft' }))
    await draft.save()
    await larder.append(opened('append'))
    await larder.append(opened('again'), { id: uuid(1) })
    await larder.append(opened('again'), { id: uuid(1) })
    const many = [opened('one'), opened('two'), opened('three')]
    await larder.appendAll(many, { id: uuid(2), batchSize: 2 })
    await larder.appendAll(many, { id: uuid(2), batchSize: 2 })
    await settled()
    const titles = told.map((event) => (event as { data: { title: string } }).data.title)
    expect(titles).toEqual(['draft', 'append', 'again', 'one', 'two', 'three'])
  })

  it('is told what handlers append and execute, and not again by a rerun', async () => {
    const time = clock()
    const larder = await new Device(1, time).openTab({ domain: taskDomain })
    const told = listen(larder)
    let runs = 0
    larder.handle(
      Read,
      async (_event, context) => {
        await context.append(opened('appended'))
        await context.execute(tasks, 'a').open({ title: 'executed', task: 'x' })
        if (++runs < 3) throw new Error('after it had')
      },
      { name: 'coach' },
    )
    await larder.append({ ...Read({}), stream: 'tasks-a' } as NewEvent)
    await time.advance(60_000)
    expect(runs).toBe(3)
    expect(told).toMatchObject([{ type: 'Read' }, { data: { title: 'appended' } }, { data: { title: 'executed' } }])
  })
})

describe('the middleware of a domain', () => {
  it('changes what commands, drafts and handlers store', async () => {
    const signed: Middleware = (event, next) => next(withMetadata(event, { userId: 'ann' }))
    const domain = defineDomain({
      ...{ version: 'tasks signed', events: [Opened, Done, Read], aggregates: [tasks] },
      middleware: [signed],
    })
    const time = clock()
    const larder = await new Device(1, time).openTab({ domain })
    await larder.execute(tasks, 'a').open({ title: 'executed' })
    const draft = await larder.edit(tasks, 'a')
    draft.apply(Opened({ task: 't2', title: 'drafted' }))
    await draft.save()
    larder.handle(Read, (_event, context) => context.append(opened('handled')), { name: 'coach' })
    await larder.append({ ...Read({}), stream: 'reads' } as NewEvent)
    await time.advance(1000)
    const { events } = await larder.events({ types: [Opened] })
    expect(events.map(({ data, metadata }) => [data.title, metadata.userId])).toEqual([
      ['executed', 'ann'],
      ['drafted', 'ann'],
      ['handled', 'ann'],
    ])
  })
})
