import { beforeEach, describe, expect, it } from 'vitest'
import { Device, watch } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { byDay, fragile, journal, noted } from '../support/notes.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let device: Device

beforeEach(() => {
  clock = new VirtualClock()
  device = new Device(1, clock)
})

/** How a promise has ended, once all that is due within `ms` has happened. */
async function within(ms: number, promise: Promise<unknown>): Promise<unknown> {
  let end: unknown = 'waits'
  promise.then(
    () => {
      end = 'done'
    },
    (error: unknown) => {
      end = error
    },
  )
  await clock.advance(ms)
  return end
}

describe('waiting until a projection holds a commit', () => {
  it('ends when the views of this page have shown it, though they wait for their turn', async () => {
    const larder = await device.openTab()
    const seen = watch(larder.view(byDay, 'mon'))
    await clock.advance(20)
    await larder.append(noted('a', 'mon'))
    const receipt = await larder.append(noted('b', 'mon'))
    expect(seen.last()).not.toContain('b')
    let shown: unknown
    const processed = larder.whenProcessed(byDay, receipt).then(() => {
      shown = seen.last()
    })
    expect(await within(0, processed)).toBe('done')
    expect(shown).toEqual(['a', 'b'])
  })

  it('ends for a commit of another tab, and for one that is confirmed already', async () => {
    const [one, two] = [await device.openTab(), await device.openTab()]
    const seen = watch(two.view(journal))
    const receipt = await one.append(noted('a'))
    expect(await within(0, two.whenProcessed(journal, receipt))).toBe('done')
    expect(seen.last()).toEqual(['a'])
    expect(await within(0, two.whenProcessed(journal, two.commit(receipt.commitId)))).toBe('done')
  })

  it('ends for a pending commit, and does not for one that is refused', async () => {
    const server = new SyncServer()
    server.rules = [ruleAgainst('bad', { code: 'no', message: 'No' })]
    server.instead = () => answer(503, '')
    const larder = await device.openTab({ server })
    const [good, bad] = [await larder.append(noted('good')), await larder.append(noted('bad'))]
    expect(await within(0, larder.whenProcessed(journal, good))).toBe('done')
    server.instead = undefined
    await clock.advance(600_000)
    expect(await within(0, larder.whenProcessed(journal, bad))).toMatchObject({
      code: 'commit-rejected',
      details: { id: bad.commitId, where: 'rejected' },
    })
    await larder.deadLetters.discard(bad.commitId, { reason: 'no' })
    expect(await within(0, larder.whenProcessed(journal, bad))).toMatchObject({
      code: 'commit-rejected',
      details: { where: 'discarded' },
    })
  })

  it('fails when the projection has stopped, at once or while it waits', async () => {
    const larder = await device.openTab()
    const receipt = await larder.append(noted('boom'))
    expect(await within(0, larder.whenProcessed(fragile, receipt))).toMatchObject({ code: 'projection-faulted' })
    expect(await within(0, larder.whenProcessed(journal, receipt))).toBe('done')
  })

  it('fails for what is unknown, when it is closed, and for what is no receipt', async () => {
    const larder = await device.openTab()
    const unknown = larder.commit('aaaaaaaa-0000-7000-8000-000000000001')
    expect(await within(0, larder.whenProcessed(journal, unknown))).toMatchObject({ code: 'commit-unknown' })
    const receipt = await larder.append(noted('a'))
    const other = { ...journal, name: 'nope' }
    expect(await within(0, larder.whenProcessed(other, receipt))).toMatchObject({ code: 'projection-unknown' })
    const wrong = larder as unknown as { whenProcessed: (...given: unknown[]) => Promise<unknown> }
    for (const given of [[journal], [journal, {}], [journal, receipt, { timeoutMs: -1 }], [journal, receipt, 5]])
      expect((await failureOf(() => wrong.whenProcessed(...given))).code).toBe('argument')
    await larder.close()
    expect(await within(0, larder.whenProcessed(journal, receipt))).toMatchObject({ code: 'closed' })
  })

  it('fails after its time, and when the store is closed meanwhile, where the log is never read', async () => {
    const larder = await device.openTab({
      wrap: (inner) => ({
        mode: inner.mode,
        close: () => inner.close(),
        transact: (mode, tables, work) =>
          tables.join() === 'confirmed' ? new Promise(() => undefined) : inner.transact(mode, tables, work),
      }),
    })
    const receipt = await larder.append(noted('a'))
    expect(await within(499, larder.whenProcessed(journal, receipt, { timeoutMs: 500 }))).toBe('waits')
    expect(await within(500, larder.whenProcessed(journal, receipt, { timeoutMs: 500 }))).toMatchObject({
      code: 'timeout',
      details: { afterMs: 500 },
    })
    const end = within(2000, larder.whenProcessed(journal, receipt))
    await larder.close()
    expect(await end).toMatchObject({ code: 'closed' })
  })
})
