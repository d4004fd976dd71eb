import { beforeEach, describe, expect, it } from 'vitest'
import {
  amendDeadLetter,
  discardDeadLetter,
  retryDeadLetter,
  retryDueDeadLetters,
} from '../../src/dead-letter/dead-letter-actions.ts'
import { describeDeadLetter } from '../../src/dead-letter/describe-dead-letter.ts'
import { failureOf } from '../support/failure.ts'
import { noted } from '../support/notes.ts'
import { dumpDisk } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { type RefusingServer, refusingServer } from '../support/refusing-server.ts'
import { NOON } from '../support/virtual-clock.ts'

let my: RefusingServer

beforeEach(async () => {
  my = await refusingServer()
})

describe('retrying', () => {
  it('puts the commit back with the same id, seq and place, before what was appended after it', async () => {
    await my.append(1, 'bad 1')
    await my.append(2, 'fine')
    const [record] = my.store.known.pending.records
    await my.sync()
    await my.append(3, 'later')
    await retryDeadLetter(my.store, uuid(1))
    expect([my.letters(), my.outbox()]).toEqual([[], [uuid(1), uuid(3)]])
    expect(my.store.known.pending.records[0]).toEqual({ ...record, attempts: 1 })
    await my.sync()
    expect(my.store.known.deadLetters.get(uuid(1))).toMatchObject({ attempts: 2, code: 'no-bad' })
    my.forbidden = []
    await retryDeadLetter(my.store, uuid(1))
    await my.sync()
    expect(await my.server.texts()).toEqual(['fine', 'later', 'bad 1'])
  })

  it('by itself happens when it is due, and not before', async () => {
    my.retryable = true
    await my.append(1, 'bad')
    await my.sync()
    const due = my.store.known.deadLetters.get(uuid(1))?.nextAttemptAt ?? 0
    expect(due).toBeGreaterThan(NOON)
    await retryDueDeadLetters(my.store, due - 1)
    expect(my.letters()).toEqual([uuid(1)])
    await retryDueDeadLetters(my.store, due)
    expect([my.letters(), my.outbox()]).toEqual([[], [uuid(1)]])
  })
})

describe('amending', () => {
  it('sends other events in the place of what was refused, which stays as a record', async () => {
    await my.append(1, 'bad')
    await my.append(2, 'fine')
    const [record] = my.store.known.pending.records
    await my.sync()
    await my.append(3, 'later')
    const stored = await amendDeadLetter(my.store, uuid(1), prepared(noted('good'), { id: uuid(4) }), NOON)
    expect(stored).toMatchObject({ commitId: uuid(4), position: undefined })
    expect([my.letters(), my.outbox()]).toEqual([[], [uuid(4), uuid(3)]])
    const [replacement] = my.store.known.pending.records
    expect(replacement).toMatchObject({ order: record?.order, seq: 4, replaces: [uuid(1)], attempts: 0 })
    expect(await my.discarded()).toMatchObject([{ id: uuid(1), why: 'replaced', note: uuid(4), withdraw: [] }])
    await my.sync()
    expect(await my.server.texts()).toEqual(['fine', 'good', 'later'])
  })

  it('again and again names every earlier id of the line', async () => {
    await my.append(1, 'bad')
    for (const n of [1, 2, 3]) {
      await my.sync()
      await amendDeadLetter(my.store, uuid(n), prepared(noted('bad'), { id: uuid(n + 1) }), NOON)
    }
    expect(my.store.known.pending.records[0]?.replaces).toEqual([uuid(1), uuid(2), uuid(3)])
    my.forbidden = []
    await my.sync()
    // Once the last is accepted, none of the others ever is.
    expect((await my.server.accepted()).map(({ id }) => id)).toEqual([uuid(4)])
    await my.append(1, 'bad')
    await my.sync()
    expect(my.store.known.deadLetters.get(uuid(1))?.code).toBe('withdrawn')
  })

  it('what had been accepted after all ends with the original, and the amended one can only be given up', async () => {
    await my.append(1, 'first')
    my.server.losesAnswers = true
    await my.sync()
    my.server.losesAnswers = false
    // A person sees a dead letter, though the server has accepted: as when an old backup of the device comes back.
    await my.store.transition(async (tx, cache) => {
      const commit = cache.pending.records[0]
      if (commit === undefined) return
      await tx.delete('pending', commit.order)
      const letter = { id: commit.id, kind: 'commit', code: 'x', message: 'No', retryable: false } as const
      await tx.put('deadLetters', { ...letter, attempts: 1, since: 0, nextAttemptAt: undefined, commit })
      await tx.put('meta', { ...cache.meta, generation: cache.meta.generation + 1 })
    })
    await amendDeadLetter(my.store, uuid(1), prepared(noted('second'), { id: uuid(2) }), NOON)
    await my.sync()
    expect(await my.server.texts()).toEqual(['first'])
    expect([my.letters(), my.store.known.head]).toEqual([[uuid(2)], 1])
    expect(my.store.known.deadLetters.get(uuid(2))).toMatchObject({
      code: 'already-accepted',
      commit: { replaces: [] },
    })
    expect((await failureOf(() => retryDeadLetter(my.store, uuid(2)))).code).toBe('id-reused')
    expect((await failureOf(() => amendDeadLetter(my.store, uuid(2), prepared(noted('x')), NOON))).code).toBe(
      'id-reused',
    )
    await discardDeadLetter(my.store, uuid(2), '', NOON)
    await my.sync()
    expect([my.letters(), await my.server.texts()]).toEqual([[], ['first']])
  })
})

describe('discarding', () => {
  it('leaves a record with the reason, and tells the server until it has heard', async () => {
    await my.append(1, 'bad')
    await my.sync()
    await discardDeadLetter(my.store, uuid(1), 'a mistake', NOON)
    expect([my.letters(), my.outbox()]).toEqual([[], []])
    expect(await my.discarded()).toMatchObject([
      { id: uuid(1), why: 'discarded', note: 'a mistake', at: NOON, withdraw: [uuid(1)] },
    ])
    my.server.losesAnswers = true
    await my.sync()
    my.server.losesAnswers = false
    expect((await my.discarded())[0]?.withdraw).toEqual([uuid(1)])
    await my.sync()
    expect((await my.discarded())[0]).toMatchObject({ id: uuid(1), withdraw: [] })
    await my.sync()
    expect(my.server.requests.map(({ withdraw }) => withdraw)).toEqual([[], [uuid(1)], [uuid(1)], []])
  })

  it('an amended commit withdraws its whole line', async () => {
    await my.append(1, 'bad')
    await my.sync()
    await amendDeadLetter(my.store, uuid(1), prepared(noted('bad too'), { id: uuid(2) }), NOON)
    await my.sync()
    await discardDeadLetter(my.store, uuid(2), '', NOON)
    await my.sync()
    expect(new Set(my.server.requests.at(-1)?.withdraw)).toEqual(new Set([uuid(1), uuid(2)]))
    expect((await my.discarded()).flatMap(({ withdraw }) => withdraw)).toEqual([])
  })

  it('what the server had accepted comes too late: the commit is confirmed', async () => {
    await my.append(1, 'first')
    my.server.losesAnswers = true
    await my.sync()
    my.server.losesAnswers = false
    await my.store.transition(async (tx, cache) => {
      const commit = cache.pending.records[0]
      if (commit === undefined) return
      await tx.delete('pending', commit.order)
      await tx.put('discarded', { id: commit.id, why: 'discarded', note: '', at: 0, withdraw: [commit.id], commit })
      await tx.put('meta', { ...cache.meta, generation: cache.meta.generation + 1 })
    })
    await my.sync()
    expect([my.store.known.head, await my.discarded(), await my.server.texts()]).toEqual([1, [], ['first']])
  })
})

describe('every action', () => {
  const actions: [string, () => Promise<unknown>][] = [
    ['retry', () => retryDeadLetter(my.store, uuid(1))],
    ['amend', () => amendDeadLetter(my.store, uuid(1), prepared(noted('x')), NOON)],
    ['discard', () => discardDeadLetter(my.store, uuid(1), '', NOON)],
  ]

  it.each(actions)('says when there is no such letter: %s', async (_, act) => {
    expect(await failureOf(act)).toMatchObject({ code: 'dead-letter-unknown', details: { id: uuid(1) } })
  })

  it.each(actions)('is done once when two tabs do it at once: %s', async (name, act) => {
    await my.append(1, 'bad')
    await my.sync()
    const answers = await Promise.allSettled([act(), act()])
    // What is in the outbox is what a retry wants, whoever has put it there.
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', name === 'retry' ? 'fulfilled' : 'rejected'])
    expect([my.letters(), my.outbox().length]).toEqual([[], name === 'discard' ? 0 : 1])
  })

  it.each(actions)('is done whole or not at all, whatever storage operation fails: %s', async (_, act) => {
    await my.append(1, 'bad')
    await my.sync()
    const before = await dumpDisk(my.disk)
    for (let nth = 1; nth < 60; nth++) {
      my.backend.failNext(nth)
      const outcome = await act().then(
        () => 'done',
        () => 'failed',
      )
      await my.store.refresh().catch(() => my.store.refresh())
      if (my.letters().length === 0) {
        expect(outcome === 'done' || my.backend.failed === 'complete').toBe(true)
        const all = [...my.outbox(), ...(await my.discarded()).map(({ id }) => id)]
        expect(all).toContain(uuid(1))
        return
      }
      expect(outcome).toBe('failed')
      expect(await dumpDisk(my.disk)).toEqual(before)
    }
    throw new Error('it was never done')
  })
})

it('a letter shows what was refused, why, and when', async () => {
  my.retryable = true
  await my.append(1, 'bad')
  await my.sync()
  const letter = my.store.known.deadLetters.get(uuid(1))
  expect(letter && describeDeadLetter(letter)).toMatchObject({
    id: uuid(1),
    kind: 'commit',
    code: 'no-bad',
    message: 'Not allowed',
    attempts: 1,
    since: '2026-11-23T12:00:00.000Z',
    nextAttempt: expect.stringMatching(/^2026-11-23T12:00:0\d\.\d{3}Z$/),
    retryable: true,
    replaces: [],
    events: [{ type: 'Noted', data: { text: 'bad', days: [] } }],
  })
})
