import { IDBKeyRange } from 'fake-indexeddb'
import { expect, it } from 'vitest'
import { placeOf } from '../../src/engine/open-engine.ts'
import { renewBrowserLog } from '../../src/platform/renew-browser-log.ts'
import { systemClock as clock } from '../../src/platform/system-clock.ts'
import { openDexieCheckpoints, openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import { samplePending } from '../../src/testing/contract/sample-records.ts'
import { FaultyIndexedDB } from './faulty-indexeddb.ts'

/** What a store names its own databases, by what follows its place. */
it.each(['log-renewal', 'derived', 'ann'])(
  'the log of the account %s outlives whatever becomes of the store without an account',
  async (account) => {
    const indexedDB = new FaultyIndexedDB()
    const open = (of: string | undefined) =>
      openDexieStorage(placeOf('notes', of), {
        ...{ clock, indexedDB, IDBKeyRange },
        renewLog: () => renewBrowserLog({ indexedDB, after: (ms, run) => clock.after(ms, run) }),
      })
    const stored = await open(account)
    await stored.transact('write', ['pending'], (tx) => tx.put('pending', samplePending(1)))
    await stored.close()
    const without = await open(undefined)
    const checkpoints = openDexieCheckpoints(placeOf('notes', undefined), { indexedDB, IDBKeyRange })
    await checkpoints.load('days', 1)
    checkpoints.close()
    await without.close()
    await without.remove?.()
    const again = await open(account)
    expect(await again.transact('read', ['pending'], (tx) => tx.read('pending', {}))).toEqual([samplePending(1)])
    await again.close()
  },
)

it('a store outlives the renewal of the log, whatever it is called', async () => {
  const indexedDB = new FaultyIndexedDB()
  const renewLog = () => renewBrowserLog({ indexedDB, after: (ms, run) => clock.after(ms, run) })
  const open = (name: string) => openDexieStorage(placeOf(name, undefined), { clock, indexedDB, IDBKeyRange, renewLog })
  const outlives = async (name: string) => {
    const stored = await open(name)
    await stored.transact('write', ['pending'], (tx) => tx.put('pending', samplePending(1)))
    await stored.close()
    const again = await open(name)
    const found = await again.transact('read', ['pending'], (tx) => tx.read('pending', {}))
    await again.close()
    return found
  }
  for (const name of ['log-renewal', 'log:renewal'])
    expect(await outlives(name).catch((error: unknown) => error)).toEqual([samplePending(1)])
})

it('accounts that differ lie in different places', () => {
  const accounts = [undefined, '', 'derived', '%64erived', 'log-renewal', '%6Cog-renewal', 'ann', 'Ann', 'a/derived']
  expect(new Set(accounts.map((account) => placeOf('notes', account))).size).toBe(accounts.length)
  // As it has always been: that is where what people have lies.
  expect(placeOf('my notes', 'ann@example.org')).toBe('larder/my%20notes/ann%40example.org')
})
