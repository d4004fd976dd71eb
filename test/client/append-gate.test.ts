import { describe, expect, it } from 'vitest'
import { AppendGate } from '../../src/client/append-gate.ts'
import { LarderError } from '../../src/errors.ts'
import { type AppendBatch, commitsOf, type GatheredAppend } from '../../src/protocol/append-batch.ts'
import { type Envelope, toWireError } from '../../src/protocol/wire-error.ts'
import type { WorkerApi } from '../../src/protocol/worker-api.ts'
import type { Stored } from '../../src/store/append-transaction.ts'
import { failureOf } from '../support/failure.ts'
import { noted } from '../support/notes.ts'
import { prepared, uuid } from '../support/prepared.ts'

/** A gate to a worker that stores everything but what it is told to refuse; and the messages that it was sent. */
function opened({ refuses = '' } = {}) {
  const messages: GatheredAppend[][] = []
  const answer = ({ commit: { id } }: GatheredAppend): Envelope<Stored> =>
    id === refuses
      ? { ok: false, error: toWireError(new LarderError('closed', 'It is closed', {})) }
      : { ok: true, value: { commitId: id, eventIds: undefined, position: 1 } }
  const api = {
    append: async (commit: GatheredAppend['commit'], lookUp: boolean) => {
      messages.push([{ commit, lookUp }])
      return answer({ commit, lookUp })
    },
    appendBatch: async (batch: AppendBatch) => {
      const appends = commitsOf(structuredClone(batch))
      messages.push(appends)
      return { ok: true, value: appends.map(answer) } as const
    },
  } as Pick<WorkerApi, 'append' | 'appendBatch'> as WorkerApi
  const gate = new AppendGate(async (work) => {
    await Promise.resolve()
    const envelope = await work(api)
    if (!envelope.ok) throw new Error('the batch failed')
    return envelope.value
  })
  return { gate, messages }
}

const commit = (nth: number, ...texts: string[]) =>
  prepared(
    texts.map((text) => noted(text)),
    { id: uuid(nth) },
  )

describe('appends of one turn', () => {
  it('cross in one message, as they are, in the order of the calls', async () => {
    const { gate, messages } = opened()
    const commits = [commit(1, 'a'), commit(2, 'b', 'c'), commit(3, 'd')]
    const stored = await Promise.all(commits.map((each, index) => gate.append(each, index === 1)))
    expect(messages).toEqual([
      commits.map(({ id, events, expected }, index) => ({ commit: { id, events, expected }, lookUp: index === 1 })),
    ])
    expect(stored.map(({ commitId, eventIds }) => [commitId, eventIds])).toEqual(
      commits.map(({ id, eventIds }) => [id, eventIds]),
    )
  })

  it('are answered each by itself', async () => {
    const { gate } = opened({ refuses: uuid(2) })
    const [first, second, third] = [1, 2, 3].map((nth) => gate.append(commit(nth, 'a'), false))
    expect(await failureOf(() => second as Promise<unknown>)).toMatchObject({ code: 'closed' })
    expect([await first, await third]).toMatchObject([{ commitId: uuid(1) }, { commitId: uuid(3) }])
  })

  it('that are many cross in several; one of a later turn in its own', async () => {
    const { gate, messages } = opened()
    const many = Array.from({ length: 1500 }, (_, index) => gate.append(commit(index, 'a'), false))
    await Promise.all(many)
    await gate.append(commit(1, 'late'), false)
    expect(messages.map(({ length }) => length)).toEqual([1024, 476, 1])
    expect(new Set(messages.flat().map(({ commit: { id } }) => id)).size).toBe(1500)
  })
})
