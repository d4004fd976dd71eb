import { beforeEach, describe, expect, it } from 'vitest'
import type { EventStore } from '../../src/store/event-store.ts'
import { Exchange, type ExchangeOutcome } from '../../src/sync/exchange.ts'
import { TokenSource } from '../../src/sync/token-source.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { answer, emptyResponse, pulled, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { countingIds, seededRandom } from '../support/virtual-platform.ts'

const never = new AbortController().signal
let server: SyncServer
let store: EventStore

beforeEach(async () => {
  server = new SyncServer()
  store = await openStore({ authority: 'server' })
})

const exchange = (): Exchange =>
  new Exchange({
    ...{ store, domain: 'notes 1', maxAttempts: 3, transport: server.transport(), random: seededRandom(1) },
    ...{ tokens: new TokenSource(undefined), clock: new VirtualClock(), ids: countingIds(0xf0f0) },
  })

async function append(count: number): Promise<string[]> {
  const commits = Array.from({ length: count }, (_, n) => prepared(noted(`n${n}`)))
  await Promise.all(commits.map((commit) => store.append(commit)))
  return commits.map(({ id }) => id)
}

type Body = 'ours' | 'a verdict' | 'a page' | 'nothing'
const BODIES: readonly Body[] = ['ours', 'a verdict', 'a page', 'nothing']

/** What the page "What each answer means" says of a status, written down a second time. */
function meantBy(status: number, body: Body): string {
  const isOurs = body === 'ours'
  if (status === 200) return body === 'a verdict' ? 'applied' : 'offline'
  if (status === 511 || (status >= 300 && status < 400)) return 'offline'
  if (status === 400 || status === 422) return isOurs ? 'bisect' : 'offline'
  if (status === 401) return 'auth-required'
  if (status === 403) return 'forbidden'
  if (status === 413) return 'halve'
  if (status === 426) return 'update-required'
  if ([408, 425, 429].includes(status) || status >= 500) return 'later'
  return 'offline'
}

function did(outcome: ExchangeOutcome, status: number): string {
  if (outcome.kind === 'failed') return outcome.as
  if (outcome.kind === 'pause') return outcome.reason
  if (outcome.kind === 'again') return status === 413 ? 'halve' : 'bisect'
  return outcome.kind === 'succeeded' ? 'applied' : outcome.kind
}

function textOf(body: Body, ids: readonly string[]): unknown {
  if (body === 'ours') return { code: 'some-code', message: 'A sentence' }
  if (body === 'a page') return '<html>Sign in to Hotel Wi-Fi</html>'
  if (body === 'nothing') return ''
  // What would acknowledge every commit, if it were a 200.
  return emptyResponse({
    head: ids.length,
    verdicts: ids.map((id, n) => ({ id, status: 'accepted', position: n + 1 })),
  })
}

describe('C48: every status from 100 to 599', () => {
  for (const count of [1, 3]) {
    it(`does what the table says to ${count === 1 ? 'one commit' : 'a batch'}, and none but 200 acknowledges`, async () => {
      const ids = await append(count)
      for (let status = 100; status < 600; status++) {
        for (const body of BODIES) {
          // These two are told below: they do something to the commits.
          if (status === 200 && body === 'a verdict') continue
          if (status === 413 && count === 1) continue
          server.instead = () => answer(status, textOf(body, ids))
          const outcome = await exchange().run(0, never)
          expect([status, body, did(outcome, status)]).toEqual([status, body, meantBy(status, body)])
          const kept = store.known.pending.records.map(({ id, verdict }) => [id, verdict])
          expect([kept, store.known.deadLetters.size]).toEqual([ids.map((id) => [id, undefined]), 0])
        }
      }
      expect([store.known.meta.cursor, store.known.head, store.known.meta.generation]).toEqual([null, 0, 0])
      server.instead = undefined
      expect(await exchange().run(0, never)).toMatchObject({ kind: 'succeeded' })
      expect((await server.accepted()).map(({ id }) => id)).toEqual(ids)
    })
  }

  it('but 413 to one commit, which is set aside with its code, and 200 with verdicts, which count', async () => {
    const [id = ''] = await append(1)
    server.instead = ({ commits }) => (commits.length > 0 ? answer(413, '') : undefined)
    const tried = exchange()
    // By itself, then a request without it, then by itself again: only then it is known to be at fault.
    expect(await tried.run(0, never)).toMatchObject({ kind: 'again' })
    expect(await tried.run(0, never)).toMatchObject({ kind: 'succeeded', changes: [] })
    expect(await tried.run(0, never)).toMatchObject({
      kind: 'succeeded',
      changes: [{ commit: id, to: 'rejected' }],
    })
    expect([...store.known.deadLetters.values()].map(({ code }) => code)).toEqual(['commit-too-large'])
    const [next = ''] = await append(1)
    server.instead = () => answer(200, textOf('a verdict', [next]))
    expect(await exchange().run(0, never)).toMatchObject({
      kind: 'succeeded',
      changes: [{ commit: next, to: 'accepted' }],
    })
  })
})

describe('what is sent along with commits', () => {
  it('is left behind before one is set aside as too large', async () => {
    const [id] = await append(1)
    await store.transition(async (tx, cache) => {
      const [commit] = cache.pending.records
      if (commit === undefined) throw new Error('nothing is pending')
      const discarded = { id: 'x', why: 'discarded', note: '', at: 0, withdraw: [pulled(7, 1).id], commit } as const
      await tx.put('discarded', discarded)
    })
    server.instead = ({ withdraw }) => (withdraw.length > 0 ? answer(413, '') : undefined)
    const driver = exchange()
    expect(await driver.run(0, never)).toMatchObject({ kind: 'again' })
    expect(await driver.run(0, never)).toMatchObject({ kind: 'succeeded' })
    expect([(await server.accepted()).map((commit) => commit.id), store.known.deadLetters.size]).toEqual([[id], 0])
  })

  it('does not keep a device from pulling when the server does not take it', async () => {
    await append(1)
    await store.transition(async (tx, cache) => {
      const [commit] = cache.pending.records
      if (commit === undefined) throw new Error('nothing is pending')
      await tx.put('discarded', { id: 'x', why: 'discarded', note: '', at: 0, withdraw: [pulled(7, 1).id], commit })
      await tx.delete('pending', commit.order)
      await tx.put('meta', { ...cache.meta, generation: cache.meta.generation + 1 })
    })
    server.instead = ({ withdraw }) =>
      withdraw.length > 0 ? answer(422, { code: 'request-invalid', message: 'No' }) : undefined
    const driver = exchange()
    expect(await driver.run(0, never)).toMatchObject({ kind: 'again' })
    expect(await driver.run(0, never)).toMatchObject({ kind: 'succeeded' })
    expect(store.known.meta.cursor).not.toBeNull()
  })
})

describe('the limits that a server tells', () => {
  it('are kept to from then on, in commits and in bytes', async () => {
    let limits = { commits: 3, bytes: 4_000_000 }
    const sizes: [commits: number, bytes: number][] = []
    server.instead = async (request, sent) => {
      if (request.commits.length > 0) sizes.push([request.commits.length, new TextEncoder().encode(sent.body).length])
      const { instead } = server
      server.instead = undefined
      const response = await server.transport().post(sent)
      server.instead = instead
      return { ...response, body: JSON.stringify({ ...JSON.parse(response.body), limits }) }
    }
    const driver = exchange()
    await driver.run(0, never)
    await append(10)
    const drain = async (): Promise<void> => {
      for (let more = true; more; ) {
        const outcome = await driver.run(0, never)
        more = outcome.kind === 'succeeded' && outcome.more
      }
    }
    await drain()
    expect(sizes.splice(0).map(([commits]) => commits)).toEqual([3, 3, 3, 1])
    limits = { commits: 500, bytes: 2000 }
    await driver.run(0, never)
    await Promise.all(Array.from({ length: 9 }, () => store.append(prepared(noted('é'.repeat(150))))))
    await drain()
    expect(sizes.reduce((sum, [commits]) => sum + commits, 0)).toBe(9)
    expect(Math.max(...sizes.map(([, bytes]) => bytes))).toBeLessThanOrEqual(2000)
    // And it makes use of them.
    expect(sizes.length).toBeLessThanOrEqual(5)
  })
})
