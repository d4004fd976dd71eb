import { beforeEach, describe, expect, it } from 'vitest'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device } from '../support/device.ts'
import { Noted } from '../support/notes.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const STREAMS = Array.from({ length: 26 }, (_, index) => String.fromCharCode('A'.charCodeAt(0) + index))
const HEALTHY = STREAMS.slice(1)

let clock: VirtualClock
let server: SyncServer
let device: Device

beforeEach(() => reset())

function reset(): void {
  clock = new VirtualClock()
  server = new SyncServer()
  server.rules = [ruleAgainst('poison', { code: 'poison', message: 'Not this', retryable: false })]
  device = new Device(1, clock)
}

/** Three commits a stream, each made to follow the one before; the first of A is as given. */
async function story(first: string): Promise<{ larder: Larder; confirmedAt: Map<string, string>; ids: string[] }> {
  const larder = await device.openTab({ server })
  const confirmedAt = new Map<string, string>()
  const names = new Map<string, string>()
  larder.changes$.subscribe(({ commit, to }) => {
    // When, and after how many requests.
    if (to === 'confirmed') confirmedAt.set(names.get(commit) ?? '', `${clock.now()} ${server.requests.length}`)
  })
  server.instead = () => answer(503, '')
  const ids: string[] = []
  for (const version of [0, 1, 2]) {
    for (const stream of STREAMS) {
      const text = stream === 'A' && version === 0 ? first : `${stream}${version}`
      const { commitId } = await larder.append(Noted({ text }, { stream }), { expectedVersion: version })
      names.set(commitId, `${stream}${version}`)
      if (stream === 'A') ids.push(commitId)
    }
  }
  server.instead = undefined
  server.requests.length = 0
  await larder.sync.now()
  await clock.advance(60_000)
  return { larder, confirmedAt, ids }
}

const inA = (texts: readonly string[]) => texts.filter((text) => text.startsWith('A') || text === 'mended')

describe('a commit that the server refuses', () => {
  it('C46: costs the other streams not one request and not one moment; its own is held', async () => {
    const sound = await story('A0')
    reset()
    const poisoned = await story('poison')
    const names = HEALTHY.flatMap((stream) => [0, 1, 2].map((version) => `${stream}${version}`))
    expect(names.map((name) => poisoned.confirmedAt.get(name))).toEqual(
      names.map((name) => sound.confirmedAt.get(name)),
    )
    expect(poisoned.confirmedAt.size).toBe(names.length)
    expect(await poisoned.larder.deadLetters.list()).toMatchObject([{ id: poisoned.ids[0], code: 'poison' }])
    const [, ...held] = poisoned.ids
    expect([...device.disk.tables.pending.records.values()].map(({ id }) => id)).toEqual(held)
  })

  it('C46: as a whole request, is found by halving; the others get through without anybody’s help', async () => {
    const larder = await device.openTab({ server })
    server.instead = () => answer(503, '')
    for (const stream of STREAMS)
      await larder.append(Noted({ text: `${stream} ${stream === 'A' ? 'poison' : ''}` }, { stream }))
    server.instead = (_request, { body }) =>
      body.includes('poison') ? answer(422, { code: 'validation', message: 'No' }) : undefined
    server.requests.length = 0
    const done = larder.sync.now()
    await clock.advance(60_000)
    await done
    expect(await server.texts()).toHaveLength(HEALTHY.length)
    expect(await larder.deadLetters.list()).toMatchObject([{ code: 'validation' }])
    expect(server.requests.length).toBeLessThan(20)
  })
})

describe('what is held behind it', () => {
  it('C47: goes out in order, once, when it is amended', async () => {
    const { larder, ids } = await story('poison')
    server.requests.length = 0
    await larder.deadLetters.amend(ids[0] ?? '', Noted({ text: 'mended' }, { stream: 'A' }))
    await clock.advance(60_000)
    expect(inA(await server.texts())).toEqual(['mended', 'A1', 'A2'])
    expect(device.disk.tables.pending.records.size).toBe(0)
    const sent = server.requests.flatMap(({ commits }) => commits.map(({ id }) => id))
    expect(sent.slice(1)).toEqual(ids.slice(1))
    expect(await larder.commit(ids[0] ?? '').settled()).toBe('confirmed')
  })

  it('C47: goes out in order, once, when it is given up; that leaves a record here, and the server never takes it', async () => {
    const { larder, ids } = await story('poison')
    const [poison = '', ...held] = ids
    server.requests.length = 0
    await larder.deadLetters.discard(poison, { reason: 'a slip' })
    await clock.advance(60_000)
    expect(inA(await server.texts())).toEqual(['A1', 'A2'])
    expect(server.requests.flatMap(({ commits }) => commits.map(({ id }) => id))).toEqual(held)
    expect(device.disk.tables.discarded.records.get(poison)).toMatchObject({
      ...{ why: 'discarded', note: 'a slip', withdraw: [], at: expect.any(Number) },
      commit: { id: poison },
    })
    expect(await server.log.transact('ann', (tx) => tx.withdrawn([poison]))).toEqual(new Set([poison]))
  })
})
