import { beforeEach, describe, expect, it } from 'vitest'
import { amendDeadLetter, discardDeadLetter } from '../../src/dead-letter/dead-letter-actions.ts'
import { Noted, noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { exchangeBetween, type RefusingServer, refusingServer } from '../support/refusing-server.ts'
import { NOON } from '../support/virtual-clock.ts'

let my: RefusingServer

beforeEach(async () => {
  my = await refusingServer()
})

describe('what stood on a refused commit', () => {
  it('waits for it, and goes out behind it, once, when it is amended', async () => {
    await my.append(1, 'bad', 0)
    await my.append(2, 'follows', 1)
    await my.store.append(prepared(Noted({ text: 'free' }, { stream: 'elsewhere' }), { id: uuid(3) }))
    await my.sync()
    await my.sync()
    expect([my.letters(), my.outbox(), await my.server.texts()]).toEqual([[uuid(1)], [uuid(2)], ['free']])
    await amendDeadLetter(my.store, uuid(1), prepared(noted('good'), { id: uuid(4) }), NOON)
    await my.sync()
    expect([my.letters(), my.outbox(), await my.server.texts()]).toEqual([[], [], ['free', 'good', 'follows']])
  })

  it('does not stand on it any more when it is amended into another stream', async () => {
    await my.append(1, 'bad', 0)
    await my.append(2, 'follows', 1)
    await my.sync()
    const elsewhere = Noted({ text: 'good' }, { stream: 'elsewhere' })
    await amendDeadLetter(my.store, uuid(1), prepared(elsewhere, { id: uuid(4) }), NOON)
    await my.sync()
    expect([my.letters(), my.outbox(), await my.server.texts()]).toEqual([[], [], ['good', 'follows']])
  })

  it('goes out, once, when it is given up', async () => {
    await my.append(1, 'bad', 0)
    await my.append(2, 'follows', 1)
    await my.sync()
    await my.sync()
    expect(my.outbox()).toEqual([uuid(2)])
    await discardDeadLetter(my.store, uuid(1), '', NOON)
    await my.sync()
    expect([await my.server.texts(), my.outbox(), my.letters()]).toEqual([['follows'], [], []])
  })

  it('becomes a dead letter of its own when a stranger wrote in between', async () => {
    await my.append(1, 'bad', 0)
    await my.append(2, 'follows', 1)
    await my.sync()
    const other = await openStore({ authority: 'server', seed: 2 })
    await other.append(prepared(noted('stranger')))
    await exchangeBetween(other, my.server).run(0, new AbortController().signal)
    await discardDeadLetter(my.store, uuid(1), '', NOON)
    await my.sync()
    expect([await my.server.texts(), my.letters()]).toEqual([['stranger'], [uuid(2)]])
    expect(my.store.known.deadLetters.get(uuid(2))?.code).toBe('conflict')
  })
})
