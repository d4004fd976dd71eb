import { expect, it } from 'vitest'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { noted } from '../support/notes.ts'
import { openStore, readDisk } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { refusingServer } from '../support/refusing-server.ts'

const event = (text: string) => ({ ...noted(text), id: uuid(9) })

it('an event id that another commit has is found by the server: the commit becomes a dead letter', async () => {
  const my = await refusingServer()
  await my.store.append(prepared(event('first')))
  await my.store.append(prepared(event('second'), { id: uuid(2) }))
  await my.sync()
  expect([await my.server.texts(), my.letters(), my.outbox()]).toEqual([['first'], [uuid(2)], []])
  expect(my.store.known.deadLetters.get(uuid(2))).toMatchObject({ code: 'event-exists', retryable: false })
})

it('a store that does not sync keeps both', async () => {
  const disk = new MemoryDisk()
  const store = await openStore({ disk })
  await store.append(prepared(event('first')))
  await store.append(prepared(event('second')))
  await store.close()
  expect((await readDisk(disk)).confirmed.map(({ events }) => events.map(({ text }) => text))).toEqual([
    ['first'],
    ['second'],
  ])
})
