import { describe, expect, it } from 'vitest'
import { causedBy, correlationOf } from '../../src/domain.ts'
import { Device } from '../support/device.ts'
import { noted } from '../support/notes.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

describe('where an event came from', () => {
  it('is carried on from event to event, and begins with the id of a commit', async () => {
    const larder = await new Device(1, new VirtualClock()).openTab()
    const started = await larder.append([noted('lunch'), noted('walk')])
    await larder.append(noted('something else'))
    const [, walk] = (await larder.events()).events
    if (walk === undefined) throw new Error('Nothing was stored')
    expect(correlationOf(walk)).toBe(started.commitId)
    await larder.append(noted('praise'), { metadata: causedBy(walk) })
    const [praise] = (await larder.events({ direction: 'backward', limit: 1 })).events
    if (praise === undefined) throw new Error('Nothing was stored')
    expect(praise.metadata).toEqual({ correlationId: started.commitId, causationId: walk.id })
    await larder.append(noted('thanks'), { metadata: causedBy(praise) })

    const trace = (await larder.events({ where: { correlationId: started.commitId } })).events
    expect(trace.map(({ data }) => (data as { text: string }).text)).toEqual(['lunch', 'walk', 'praise', 'thanks'])
    expect(trace.map(({ metadata }) => metadata.causationId)).toEqual([undefined, undefined, walk.id, praise.id])
    await larder.close()
  })

  it('costs an event nothing that answers to no other', async () => {
    const larder = await new Device(1, new VirtualClock()).openTab()
    await larder.append(noted('lunch'))
    const [lunch] = (await larder.events()).events
    expect(lunch?.metadata).toEqual({})
    await larder.close()
  })

  it('is what the event itself says, where it says something', async () => {
    const cause = { id: 'e', commitId: 'c', metadata: { correlationId: 'order-7', causationId: 'earlier' } }
    expect(causedBy(cause)).toEqual({ correlationId: 'order-7', causationId: 'e' })
  })
})
