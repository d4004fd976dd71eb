import { beforeEach, describe, expect, it } from 'vitest'
import { openLarderInline } from '../../src/inline/open-larder-inline.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { memory } from '../../src/storage/memory/memory-backend.ts'
import type { OpenStorage } from '../../src/store/storage-backend.ts'
import { everyStorageFault } from '../../src/testing/faults/every-storage-fault.ts'
import { failureOf } from '../support/failure.ts'
import { journal, noted, notes } from '../support/notes.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { SyncServer } from '../support/sync-server.ts'
import { settled, VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

let server: SyncServer
let clock: VirtualClock
let machine: VirtualMachine
let storage: OpenStorage

beforeEach(() => {
  server = new SyncServer()
  clock = new VirtualClock()
  machine = new VirtualMachine(1, clock)
  storage = memory()
})

interface Opening {
  readonly account?: string
  readonly sync?: boolean
  readonly storage?: OpenStorage
}

const open = ({ account, sync = account !== undefined, storage: place = storage }: Opening = {}): Promise<Larder> =>
  openLarderInline(notes, {
    name: 'app',
    storage: place,
    platform: machine.openTab(),
    ...(account === undefined ? {} : { account }),
    ...(sync ? { sync: { transport: server.transport(account) } } : {}),
  })

const sync = async (larder: Larder): Promise<void> => {
  for (let turn = 0; turn < 6; turn++) {
    void larder.sync.now()
    await clock.advance(1000)
  }
}

const textsOf = (larder: Larder): Promise<readonly string[]> => larder.get(journal)

describe('claiming what was made without an account', () => {
  it('copies it, oldest first, with its ids; it is pushed before what the account appends; another account gets nothing', async () => {
    const anonymous = await open()
    const ids: string[] = []
    for (const text of ['one', 'two', 'three']) ids.push((await anonymous.append(noted(text))).commitId)
    expect(await anonymous.claim('ann')).toEqual({ commits: 3, events: 3, known: 0, unsynced: 3 })
    const ann = await open({ account: 'ann' })
    await ann.append(noted('four'))
    await sync(ann)
    expect(await textsOf(ann)).toEqual(['one', 'two', 'three', 'four'])
    expect((await server.accepted('ann')).slice(0, 3).map(({ id }) => id)).toEqual(ids)
    expect(await server.texts('bob')).toEqual([])
    // Everything is safe: the same again says so, adds nothing, and the source may go.
    expect(await anonymous.claim('ann')).toEqual({ commits: 0, events: 0, known: 3, unsynced: 0 })
    expect(await textsOf(anonymous)).toEqual(['one', 'two', 'three'])
    await anonymous.destroy({ discardUnsynced: true })
    expect(await textsOf(await open())).toEqual([])
  })

  it('is for one account only', async () => {
    const anonymous = await open()
    await anonymous.append(noted('one'))
    await anonymous.claim('ann')
    expect(await failureOf(() => anonymous.claim('bob'))).toMatchObject({ code: 'claimed' })
    const bob = await open({ account: 'bob' })
    expect(await textsOf(bob)).toEqual([])
    expect(await failureOf(() => bob.claim('ann'))).toMatchObject({ code: 'argument' })
    expect(await failureOf(() => anonymous.claim(''))).toMatchObject({ code: 'argument' })
  })

  it('reaches a tab that has the account open already, behind what that has', async () => {
    const ann = await open({ account: 'ann' })
    await ann.append(noted('hers'))
    const anonymous = await open()
    await anonymous.append(noted('one'))
    await anonymous.claim('ann')
    await clock.advance(100)
    await sync(ann)
    expect(await textsOf(ann)).toEqual(['hers', 'one'])
  })

  it('goes on where it broke off, whatever storage operation fails: nothing is missing, and nothing there twice', async () => {
    const struck = await everyStorageFault(
      async ({ wrap }) => {
        const places = memory()
        const anonymous = await open({
          storage: async (name) => (name.endsWith('ann') ? wrap(await places(name)) : places(name)),
        })
        for (const text of ['one', 'two', 'three']) await anonymous.append(noted(text))
        await anonymous.claim('ann').catch(() => undefined)
        await anonymous.close()
        const again = await open({ storage: places })
        expect(await textsOf(again)).toEqual(['one', 'two', 'three'])
        await again.claim('ann')
        const ann = await open({ account: 'ann', sync: false, storage: places })
        expect(await textsOf(ann)).toEqual(['one', 'two', 'three'])
        await Promise.all([again.close(), ann.close()])
      },
      ['fail', 'abort'],
    )
    expect(struck.length).toBeGreaterThan(5)
  })
})

describe('signing out', () => {
  it('where everything is synced removes the store, in every tab; the next account has its own', async () => {
    const [ann, other] = [await open({ account: 'ann' }), await open({ account: 'ann' })]
    await ann.append(noted('hers'))
    await sync(ann)
    expect(await ann.signOut()).toEqual({ backup: undefined, destroyed: true })
    await clock.advance(100)
    await settled()
    for (const each of [ann, other])
      expect(await failureOf(() => each.append(noted('x')))).toMatchObject({ code: 'closed' })
    expect(await textsOf(await open({ account: 'ann', sync: false }))).toEqual([])
    expect(await server.texts('ann')).toEqual(['hers'])
  })

  it('asks what becomes of what is on this device only, and touches nothing until it is told', async () => {
    server.rules = [ruleAgainst('bad', { code: 'bad', message: 'No' })]
    const ann = await open({ account: 'ann' })
    await ann.append(noted('bad'))
    await sync(ann)
    await ann.sync.pause()
    await ann.append(noted('unsent'))
    const refused = { code: 'unsynced', details: { pending: 1, deadLetters: 1 } }
    expect(await failureOf(() => ann.signOut())).toMatchObject(refused)
    expect(await failureOf(() => ann.destroy())).toMatchObject(refused)
    expect(await failureOf(() => ann.signOut({ unsynced: 'burn' as 'keep' }))).toMatchObject({ code: 'argument' })
    expect(await textsOf(ann)).toEqual(['unsent'])
  })

  it('keep: leaves it to its account alone, and it goes on when that comes back', async () => {
    const ann = await open({ account: 'ann', sync: false })
    await ann.append(noted('hers'))
    expect(await ann.signOut({ unsynced: 'keep' })).toEqual({ backup: undefined, destroyed: false })
    expect(await failureOf(() => ann.append(noted('x')))).toMatchObject({ code: 'closed' })
    const bob = await open({ account: 'bob' })
    await sync(bob)
    expect([await textsOf(bob), await server.texts('bob')]).toEqual([[], []])
    const again = await open({ account: 'ann' })
    await sync(again)
    expect(await server.texts('ann')).toEqual(['hers'])
  })

  it('export: answers what is unsynced as a backup, and nothing else; the store goes only when that is saved', async () => {
    const ann = await open({ account: 'ann' })
    await ann.append(noted('synced'))
    await sync(ann)
    await ann.sync.pause()
    await ann.append(noted('unsent'))
    const full = () => Promise.reject(new RangeError('full'))
    await expect(ann.signOut({ unsynced: 'export', save: full })).rejects.toThrow(RangeError)
    expect(await textsOf(ann)).toEqual(['synced', 'unsent'])
    const saved: Blob[] = []
    const { backup, destroyed } = await ann.signOut({ unsynced: 'export', save: async (blob) => saved.push(blob) })
    expect([destroyed, saved]).toEqual([true, [backup]])
    const elsewhere = await open({ storage: memory() })
    expect(await elsewhere.backup.import((backup as Blob).stream())).toMatchObject({ commits: 1, events: 1 })
    expect(await textsOf(elsewhere)).toEqual(['unsent'])
    expect(await textsOf(await open({ account: 'ann', sync: false }))).toEqual([])
  })

  it('export: what is appended while it is saved is not lost: it is said, and the store stays', async () => {
    const ann = await open({ account: 'ann', sync: false })
    await ann.append(noted('one'))
    const save = () => ann.append(noted('two'))
    expect(await failureOf(() => ann.signOut({ unsynced: 'export', save }))).toMatchObject({ code: 'unsynced' })
    expect(await textsOf(ann)).toEqual(['one', 'two'])
  })

  it('discard: all of it is gone, and what was in flight comes back to nothing', async () => {
    const ann = await open({ account: 'ann' })
    await ann.append(noted('hers'))
    await ann.signOut({ unsynced: 'discard' })
    expect(await textsOf(await open({ account: 'ann', sync: false }))).toEqual([])
  })

  it('of a store that was never synced counts all that it holds', async () => {
    const anonymous = await open()
    for (const text of ['one', 'two']) await anonymous.append(noted(text))
    expect(await failureOf(() => anonymous.signOut())).toMatchObject({ details: { pending: 2, deadLetters: 0 } })
  })
})

describe('a local store that is opened with sync', () => {
  it('works at once, shows everything at every moment, and pushes it', async () => {
    const local = await open()
    for (const text of ['one', 'two', 'three']) await local.append(noted(text))
    await local.close()
    const larder = await open({ sync: true })
    const shown: (readonly string[])[] = []
    larder.view(journal).subscribe((state) => shown.push(state))
    expect(await textsOf(larder)).toEqual(['one', 'two', 'three'])
    await larder.append(noted('four'))
    await sync(larder)
    expect(await server.texts()).toEqual(['one', 'two', 'three', 'four'])
    expect(shown.at(-1)).toEqual(['one', 'two', 'three', 'four'])
    for (const state of shown.slice(1)) expect(state.slice(0, 3)).toEqual(['one', 'two', 'three'])
    await larder.close()
    const paused = await open()
    let status: string | undefined
    paused.sync.status$.subscribe(({ state }) => {
      status = state
    })
    await paused.append(noted('five'))
    await clock.advance(1000)
    expect(status).toBe('paused')
    expect(await server.texts()).toHaveLength(4)
  })
})
