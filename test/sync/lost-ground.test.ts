import { expect, it } from 'vitest'
import type { EventStore } from '../../src/store/event-store.ts'
import type { Exchange } from '../../src/sync/exchange.ts'
import { Device } from '../support/device.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { exchangeBetween } from '../support/refusing-server.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { taskServer } from '../support/task-server.ts'
import { Opened, Read, taskDomain, tasks } from '../support/tasks.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const never = new AbortController().signal
const MINUTE_MS = 60_000

async function drain(store: EventStore, exchange: Exchange): Promise<void> {
  for (let turn = 0; turn < 40; turn++) {
    const outcome = await exchange.run(store.known.meta.term, never)
    if (outcome.kind === 'succeeded' ? !outcome.more : outcome.kind !== 'again') return
  }
  throw new Error('It does not come to an end')
}

it('offers again what a server took and has lost, though the place where the device is still stands', async () => {
  const server = new SyncServer()
  const bob = await openStore({ authority: 'server', seed: 1 })
  const bobs = exchangeBetween(bob, server, 2)
  for (let n = 0; n < 600; n++) await bob.append(prepared(noted(`bob ${n}`), { id: uuid(n) }))
  await drain(bob, bobs)
  const backup = server.backup()
  const ann = await openStore({ authority: 'server', seed: 3 })
  const anns = exchangeBetween(ann, server, 4)
  await ann.append(prepared(noted('of ann'), { id: uuid(9999) }))
  // Accepted at 601, while the page ends at 500.
  await anns.run(0, never)
  expect(ann.known.pending.records).toMatchObject([{ verdict: { status: 'accepted', position: 601 } }])
  server.restore(backup, { newEpochs: false })
  await drain(ann, anns)
  await drain(ann, anns)
  expect(await server.texts()).toContain('of ann')
  expect(ann.known.pending.records).toEqual([])
})

it('decides a command again although the place that it waited for is gone with the log', async () => {
  const clock = new VirtualClock()
  const server = taskServer()
  const [phone, tablet] = [new Device(1, clock), new Device(2, clock)]
  const a = await phone.openTab({ domain: taskDomain, server })
  const b = await tablet.openTab({ domain: taskDomain, server })
  await a.append(Read({ by: 'base' }, { stream: 'elsewhere' }))
  await a.sync.now()
  await b.sync.now()
  await clock.advance(MINUTE_MS)
  await a.close()
  const backup = server.backup()
  server.instead = () => answer(503, '')
  // More than a page, with what breaks the command's basis behind it.
  for (let n = 0; n < 700; n++) await server.append(Read({ by: `${n}` }, { stream: 'elsewhere' }))
  await b.execute(tasks, 'a').open({ title: 'ours' })
  await server.append(Opened({ task: 't', title: 'theirs' }, { stream: 'tasks-a' }))
  let exchanges = 0
  server.instead = () => (++exchanges > 1 ? answer(503, '') : undefined)
  await b.sync.now()
  server.restore(backup, { newEpochs: true })
  server.instead = undefined
  for (let turn = 0; turn < 6; turn++) {
    await b.sync.now()
    await clock.advance(10 * MINUTE_MS)
  }
  expect([...tablet.disk.tables.pending.records.values()]).toEqual([])
  expect(await b.deadLetters.list()).toEqual([])
  await b.close()
})

it('does not refuse by the late answer of a tab that leads no more', async () => {
  const server = new SyncServer()
  const ann = await openStore({ authority: 'server', seed: 3 })
  const [before, next] = [exchangeBetween(ann, server, 4), exchangeBetween(ann, server, 5)]
  await ann.append(prepared(noted('of ann'), { id: uuid(9999) }))
  server.instead = ({ commits }) => (commits.length > 0 ? answer(413, '') : undefined)
  // By itself, and a request without it: the next answer is the one that blames it.
  expect(await before.run(0, never)).toEqual({ kind: 'again' })
  expect(await before.run(0, never)).toMatchObject({ kind: 'succeeded' })
  let say = (): void => undefined
  const said = new Promise<void>((resolve) => {
    say = resolve
  })
  server.instead = async () => {
    await said
    return answer(413, '')
  }
  const late = before.run(0, never)
  await ann.transition((tx, { meta }) => tx.put('meta', { ...meta, term: meta.term + 1 }))
  say()
  expect(await late).toEqual({ kind: 'again' })
  expect([...ann.known.deadLetters]).toEqual([])
  server.instead = undefined
  await drain(ann, next)
  expect(await server.texts()).toEqual(['of ann'])
})

it('blames no commit where something in between says of every request that it is too large', async () => {
  const server = new SyncServer()
  const store = await openStore({ authority: 'server' })
  const exchange = exchangeBetween(store, server, 2)
  for (let n = 0; n < 100; n++) await store.append(prepared(noted(`n${n}`)))
  server.instead = () => answer(413, '<html>too large</html>')
  let turns = 0
  let outcome = await exchange.run(0, never)
  while (outcome.kind === 'again' && turns++ < 50) outcome = await exchange.run(0, never)
  expect(outcome).toMatchObject({ kind: 'failed', as: 'later' })
  expect(store.known.deadLetters.size).toBe(0)
  expect(store.known.pending.records.length).toBe(100)
  expect(turns).toBeLessThan(10)
})
