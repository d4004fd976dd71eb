import { beforeEach, describe, expect, it } from 'vitest'
import type { TransportResponse } from '../../src/platform/ports.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { Noted, noted } from '../support/notes.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let server: SyncServer
let device: Device

beforeEach(() => {
  clock = new VirtualClock()
  server = new SyncServer()
  server.rules = [ruleAgainst('bad', { code: 'no-bad', message: 'Nothing bad', retryable: false })]
  device = new Device(1, clock)
})

/** Requests wait at the gate until it is opened, and are answered by the server then. */
function gate(): { readonly open: (instead?: TransportResponse) => void } {
  let open: (instead?: TransportResponse) => void = () => undefined
  const opened = new Promise<TransportResponse | undefined>((resolve) => {
    open = resolve
  })
  server.instead = () => opened
  return {
    open: (instead) => {
      server.instead = undefined
      open(instead)
    },
  }
}

/** Two tabs, and a letter that is in a request now, which nobody has answered. */
async function inFlight(tabs: number) {
  const leader = await device.openTab({ server })
  await clock.advance(100)
  const other = tabs === 1 ? leader : await device.openTab({ server })
  const { commitId: id } = await leader.append(noted('bad'))
  await clock.advance(100)
  const { open } = gate()
  await leader.deadLetters.retry(id)
  await clock.advance(100)
  expect(server.requests.at(-1)?.commits.map((commit) => commit.id)).toEqual([id])
  return { leader, other, id, open }
}

interface Watched {
  readonly ended: () => string | undefined
}

function watched(work: Promise<unknown>): Watched {
  let ended: string | undefined
  work.then(
    () => {
      ended = 'done'
    },
    (error: { readonly code?: string }) => {
      ended = error.code ?? String(error)
    },
  )
  return { ended: () => ended }
}

const actions: Readonly<Record<string, (larder: Larder, id: string) => Promise<unknown>>> = {
  amend: (larder, id) => larder.deadLetters.amend(id, noted('mended')),
  discard: (larder, id) => larder.deadLetters.discard(id, { reason: 'a slip' }),
  retry: (larder, id) => larder.deadLetters.retry(id),
}
const ends: Readonly<Record<string, { texts: readonly string[]; letters: number }>> = {
  amend: { texts: ['mended'], letters: 0 },
  discard: { texts: [], letters: 0 },
  retry: { texts: [], letters: 1 },
}
const cases = Object.entries(actions).flatMap(([name, act]) => [1, 2].map((tabs) => ({ name, act, tabs })))

describe.each(cases)('$name of a dead letter that is being sent again, with $tabs tab(s)', ({ name, act, tabs }) => {
  it('waits for the answer, and is done when it was refused again', async () => {
    const { other, id, open } = await inFlight(tabs)
    const done = watched(act(other, id))
    await clock.advance(1000)
    expect(done.ended()).toBeUndefined()
    open()
    await clock.advance(1000)
    expect(done.ended()).toBe('done')
    await clock.advance(1000)
    expect([await server.texts(), (await other.deadLetters.list()).length]).toEqual([
      ends[name]?.texts,
      ends[name]?.letters,
    ])
    // Sent once more, by the second retry.
    const sent = server.requests.filter(({ commits }) => commits.some((commit) => commit.id === id))
    expect(sent).toHaveLength(name === 'retry' ? 3 : 2)
  })

  it('says that it was accepted, when it was', async () => {
    const { other, id, open } = await inFlight(tabs)
    const failure = failureOf(() => act(other, id))
    await clock.advance(1000)
    server.rules = []
    open()
    await clock.advance(1000)
    expect(await failure).toMatchObject({ code: 'dead-letter-accepted', details: { id } })
    expect([await server.texts(), await other.deadLetters.list()]).toEqual([['bad'], []])
    expect((await failureOf(() => act(other, id))).code).toBe('dead-letter-accepted')
  })

  it('does not wait for an answer that does not come, and whichever is first on the server counts', async () => {
    const { leader, other, id, open } = await inFlight(tabs)
    const done = watched(act(other, id))
    await clock.advance(11_000)
    expect(done.ended()).toBe('done')
    // The request arrives after all, and is accepted.
    server.rules = []
    open()
    await clock.advance(600_000)
    expect(await server.texts()).toEqual(['bad'])
    expect(await leader.commit(id).settled()).toBe('confirmed')
    expect((await leader.deadLetters.list()).map(({ code }) => code)).toEqual(
      name === 'amend' ? ['already-accepted'] : [],
    )
  })

  it('waits for nothing where nothing is on its way', async () => {
    const { leader, other, id, open } = await inFlight(tabs)
    server.instead = () => answer(503, '')
    open(answer(503, ''))
    server.instead = () => answer(503, '')
    await clock.advance(0)
    const done = watched(act(other, id))
    await clock.advance(10)
    expect(done.ended()).toBe('done')
    server.instead = undefined
    await clock.advance(600_000)
    expect([await server.texts(), (await leader.deadLetters.list()).length]).toEqual([
      ends[name]?.texts,
      ends[name]?.letters,
    ])
  })
})

describe('a dead letter that is being sent again', () => {
  it('can be attempted by the app when it was refused again', async () => {
    const { leader, id, open } = await inFlight(1)
    const attempt = leader.deadLetters.attempt(id, (letter) => letter.id)
    await clock.advance(100)
    open()
    await clock.advance(100)
    expect(await attempt).toEqual({ settled: true })
    expect(await leader.commit(id).settled()).toBe('discarded')
  })

  it('and was given up meanwhile is withdrawn, though it was refused by then', async () => {
    const { leader, id, open } = await inFlight(1)
    const discarded = leader.deadLetters.discard(id)
    await clock.advance(11_000)
    await discarded
    open()
    await clock.advance(60_000)
    expect(server.requests.flatMap(({ withdraw }) => withdraw)).toEqual([id])
  })

  it('is amended in the stream that it was of', async () => {
    const leader = await device.openTab({ server })
    const { commitId: id } = await leader.append(Noted({ text: 'bad', days: [] }, { stream: 'diary' }))
    await clock.advance(100)
    const { open } = gate()
    await leader.deadLetters.retry(id)
    await clock.advance(100)
    const amended = leader.deadLetters.amend(id, { ...noted('mended') })
    open()
    await clock.advance(1000)
    await amended
    await clock.advance(1000)
    expect((await leader.events()).events.map(({ stream }) => stream)).toEqual(['diary'])
  })

  it('keeps no tab from closing', async () => {
    const { leader, other, id } = await inFlight(2)
    const done = watched(other.deadLetters.discard(id))
    await clock.advance(10)
    const closed = watched(other.close())
    await clock.advance(10)
    expect([done.ended(), closed.ended()]).toEqual(['closed', 'done'])
    await leader.close()
    expect(clock.waiting).toBe(0)
  })
})

it('a commit that was never refused is none: it is not amended while it waits', async () => {
  const larder = await device.openTab({ server })
  server.instead = () => answer(503, '')
  const { commitId } = await larder.append(noted('fine'))
  await clock.advance(100)
  for (const act of Object.values(actions))
    expect((await failureOf(() => act(larder, commitId))).code).toBe('dead-letter-unknown')
})
