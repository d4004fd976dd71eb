import { describe, expect, it } from 'vitest'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { destroyLog } from '../../src/store/destroy-log.ts'
import { Device } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { noted } from '../support/notes.ts'
import { openStore, readDisk } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const all = { device: 'another', mayLose: 'everything' } as const

describe('a log that was destroyed', () => {
  it.each(['local', 'server'] as const)('takes no more from whoever has it open (%s)', async (authority) => {
    const disk = new MemoryDisk()
    const a = await openStore({ disk, authority })
    const b = await openStore({ disk, authority, seed: 0xfff1 })
    await b.append(prepared(noted('before')))
    await destroyLog(a, all)
    for (const store of [a, b]) {
      // The second is one that knows already.
      for (let time = 0; time < 2; time++)
        expect(await failureOf(() => store.append(prepared(noted('late'))))).toMatchObject({ code: 'closed' })
      const work = store.transition((tx, { meta }) => tx.put('meta', { ...meta, paused: true }))
      expect(await failureOf(() => work)).toMatchObject({ code: 'closed' })
    }
    // Whoever was not told how it ended may ask for it again.
    await destroyLog(b, all)
    await Promise.all([a.close(), b.close()])
    expect(await readDisk(disk, authority)).toEqual({ confirmed: [], pending: [] })
  })

  it('and could not be removed is one like a new one for whoever opens it', async () => {
    const disk = new MemoryDisk()
    const a = await openStore({ disk })
    await destroyLog(a, all)
    await a.close()
    const b = await openStore({ disk, seed: 0xfff1 })
    await b.append(prepared(noted('x')))
    await b.close()
    expect((await readDisk(disk)).confirmed).toHaveLength(1)
  })
})

describe('an append in one tab while another signs out', () => {
  it('is kept or refused, and never acknowledged and lost, however they meet', async () => {
    const met = new Set<string>()
    for (let delay = 0; delay < 60; delay++) {
      const clock = new VirtualClock()
      const server = new SyncServer()
      const device = new Device(1, clock)
      const [a, b] = [await device.openTab({ server }), await device.openTab({ server })]
      await clock.advance(1000)
      server.instead = () => answer(503, '')
      const signedOut = a.signOut().then(
        () => 'destroyed',
        () => 'kept',
      )
      for (let turn = 0; turn < delay; turn++) await Promise.resolve()
      const appended = b.append(noted('x')).then(
        () => 'stored',
        ({ code }: { code: string }) => code,
      )
      met.add((await Promise.all([signedOut, appended])).join(', '))
      await clock.advance(1000)
      await Promise.all([a.close(), b.close()])
    }
    expect([...met].toSorted()).toEqual(['destroyed, closed', 'kept, stored'])
  })
})
