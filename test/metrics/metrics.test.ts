import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { INSTRUMENTS } from '../../src/metrics/instruments.ts'
import { Metrics, type MetricsReport } from '../../src/metrics/metrics.ts'
import { Device } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { fragile, journal, Noted, noted } from '../support/notes.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { NOON, VirtualClock } from '../support/virtual-clock.ts'

const metric = ({ metrics }: MetricsReport, name: string) => metrics.find((each) => each.name === name)

describe('a histogram', () => {
  it('counts each time once, in the first bucket whose bound it does not exceed', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 60_000, noNaN: true }), { minLength: 1 }), (times) => {
        const metrics = new Metrics(() => NOON)
        for (const time of times) metrics.time('larder.append.duration', time)
        const found = metric(metrics.report(), 'larder.append.duration')
        if (found?.kind !== 'histogram') throw new Error('no histogram')
        const [point] = found.points
        const seconds = times.map((time) => time / 1000)
        const bounds = [...(point?.bounds ?? []), Number.POSITIVE_INFINITY]
        expect(point?.bucketCounts).toEqual(
          bounds.map((bound, index) => seconds.filter((s) => s <= bound && s > (bounds[index - 1] ?? -1)).length),
        )
        expect(point?.count).toBe(times.length)
        expect(point?.min).toBe(Math.min(...seconds))
        expect(point?.max).toBe(Math.max(...seconds))
        expect(point?.sum).toBeCloseTo(
          seconds.reduce((sum, each) => sum + each, 0),
          6,
        )
      }),
    )
  })
})

describe('a report', () => {
  let clock: VirtualClock
  let phone: Device

  beforeEach(() => {
    clock = new VirtualClock()
    phone = new Device(1, clock)
  })

  it('counts what was stored, what was refused and why, and what was folded', async () => {
    const larder = await phone.openTab()
    await larder.append([noted('a'), noted('b')])
    await larder.append(noted('c'))
    await failureOf(() => larder.append(noted('d'), { expectedVersion: 'noStream' }))
    await larder.get(journal)
    const report = await larder.metrics()
    expect(metric(report, 'larder.append.events')).toMatchObject({
      kind: 'counter',
      unit: '{event}',
      points: [{ value: 3 }],
    })
    expect(metric(report, 'larder.append.duration')).toMatchObject({
      unit: 's',
      points: [
        { attributes: { outcome: 'stored' }, count: 2 },
        { attributes: { outcome: 'failed', 'error.type': 'concurrency' }, count: 1 },
      ],
    })
    expect(metric(report, 'larder.fold.duration')).toMatchObject({
      points: [{ attributes: { projection: 'journal' } }],
    })
    expect(metric(report, 'larder.exchange.duration')).toBeUndefined()
    await larder.close()
  })

  it('counts exchanges by outcome, and what became of commits', async () => {
    const server = new SyncServer()
    server.instead = () => answer(503, '')
    const larder = await phone.openTab({ server })
    await larder.append(noted('a'))
    await clock.advance(100)
    server.instead = undefined
    await clock.advance(60_000)
    const report = await larder.metrics()
    const outcomes = metric(report, 'larder.exchange.duration')?.points.map(({ attributes }) => attributes.outcome)
    expect(outcomes).toEqual(['failed', 'succeeded'])
    expect(metric(report, 'larder.exchange.commits')).toMatchObject({
      points: [{ attributes: { to: 'confirmed' }, value: 1 }],
    })
    await larder.close()
  })

  it('says nothing of what the events say, whatever it was that went well or wrong (C84, of metrics)', async () => {
    const server = new SyncServer()
    server.rules = [ruleAgainst('canary bad', { code: 'bad', message: 'canary', retryable: false })]
    const options = { server, auth: async () => 'canary-token' }
    const larder = await phone.openTab(options)
    for (const text of ['canary 1', 'canary 2', 'canary bad', 'boom']) {
      await larder.append(noted(text, 'canary'), { stream: 'canary-stream', metadata: { by: 'canary' } })
      await clock.advance(60_000)
    }
    await failureOf(() => larder.append(noted('canary'), { stream: 'canary-stream', expectedVersion: 7 }))
    server.instead = () => Promise.reject(new TypeError('canary-address'))
    await larder.append(noted('canary 3'), { stream: 'canary-stream' })
    await clock.advance(60_000)
    server.instead = undefined
    const fails = () => {
      throw Object.assign(new Error('canary'), { name: 'canary', code: 'canary' })
    }
    larder.handle(Noted, fails, { name: 'mail', from: 'start', retry: { attempts: 1 } })
    await clock.advance(600_000)
    await failureOf(() => larder.get(fragile))
    await larder.compact()
    const { records } = phone.disk.confirmed
    const [key = 0] = records.keys()
    records.set(key, { ...records.get(key), checksum: 7 } as never)
    expect((await larder.verify()).ok).toBe(false)
    await larder.events()
    const report = await larder.metrics()
    // All but what takes another version of the app.
    const others = Object.keys(INSTRUMENTS).filter((name) => name !== 'larder.unreadable.events')
    expect(report.metrics.map(({ name }) => name)).toEqual(others)
    expect(JSON.stringify(report)).not.toMatch(/canary|notes/)
    await larder.close()
  })
})
