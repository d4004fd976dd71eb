import { expect, it } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import { recordedInPending, recordedInSegment } from '../../src/store/segment.ts'
import { type ExchangePhase, LeaderDeath } from '../../src/testing/simulator/leader-death.ts'
import type { SimTab } from '../../src/testing/simulator/world/sim-platform.ts'
import { SimWorld } from '../../src/testing/simulator/world/sim-world.ts'
import { journal, noted, notes } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { SyncServer } from '../support/sync-server.ts'

const NEW_LEADER_MS = 2000
const PHASES: readonly Exclude<ExchangePhase, 'deposed'>[] = ['before-send', 'sent', 'response-lost', 'before-apply']

/** Two tabs of one device, and the kit's server behind a network that takes up to 50 ms each way. */
async function openTwoTabs(seed: number) {
  const server = new SyncServer()
  const { post } = server.transport()
  const world = new SimWorld({
    seed,
    server: (_, body, path, token) => post({ path, body, token, signal: new AbortController().signal }),
  })
  const { scheduler, counts } = world
  const device = world.createDevice('phone')
  const death = new LeaderDeath(counts, () => undefined)
  const open = async (tab: SimTab) => {
    const transport = world.transportOf(device, tab, 'ann')
    const watched = {
      ...transport,
      post: (request: Parameters<typeof post>[0]) =>
        request.path === 'exchange' ? death.post(tab, transport, request) : transport.post(request),
    }
    const { platform, storage: backend } = tab
    const sync = { transport: watched, auth: undefined }
    return { tab, engine: await Engine.open({ ...{ domain: notes, platform, backend, place: 'notes' }, sync }) }
  }
  /** So that what goes in circles is seen to, and not waited for. */
  const run = (options: { until?: () => boolean; forMs: number }) => scheduler.run({ ...options, maxSteps: 20_000 })
  const inTime = async <T>(asked: Promise<T>): Promise<T> => {
    let isSettled = false
    const end = () => {
      isSettled = true
    }
    asked.then(end, end)
    expect(await run({ until: () => isSettled, forMs: 60_000 })).toBe('until')
    return asked
  }
  const tabs = await inTime(Promise.all([open(device.openTab()), open(device.openTab())]))
  const isLeader = ({ engine }: (typeof tabs)[number]) => engine.sync.status().leader
  await run({ until: () => tabs.some(isLeader), forMs: 60_000 })
  const leader = tabs.find(isLeader)
  const other = tabs.find((each) => each !== leader)
  if (leader === undefined || other === undefined) throw new Error('Nobody leads')
  return { server, run, counts, device, death, leader, other, inTime, isLeader }
}

it.each(PHASES.flatMap((phase) => [1, 2, 3, 4].map((seed) => [phase, seed] as const)))(
  'C33: the tab that leads is killed in the phase %s: another leads within 2 s, the server has each event once, and nothing waits (seed %i)',
  async (phase, seed) => {
    const world = await openTwoTabs(seed)
    const { server, run, counts, device, death, leader, other, inTime, isLeader } = world
    await inTime(leader.engine.append(prepared(noted('before'))))
    await run({ until: () => other.engine.known.head === 1, forMs: 10_000 })
    expect(await server.texts()).toEqual(['before'])

    death.plan(phase)
    await inTime(other.engine.append(prepared([noted('in-flight 1'), noted('in-flight 2')])))
    expect(await run({ until: () => !leader.tab.isAlive, forMs: 10_000 })).toBe('until')
    expect(counts.of(`leader-death-${phase}`)).toBe(1)
    expect(await run({ until: () => isLeader(other), forMs: NEW_LEADER_MS })).toBe('until')
    // Also what the dead one had sent, and is still on its way.
    expect(await run({ forMs: 10_000 })).toBe('time')

    const texts = ['before', 'in-flight 1', 'in-flight 2']
    expect(await server.texts()).toEqual(texts)
    expect(await inTime(other.engine.get(journal.name, '', 'all'))).toEqual(texts)
    expect(other.engine.sync.status()).toMatchObject({ state: 'idle', pending: 0 })
    // A transaction that the tab is in holds its tables for as long as no time passes.
    expect(await run({ forMs: 1000 })).toBe('time')
    const store = await openStore({ disk: device.disk, authority: 'server' })
    const confirmed = (await store.readConfirmed(0, 100)).flatMap(recordedInSegment)
    expect(confirmed.map(({ position }) => position)).toEqual([1, 2, 3])
    expect(store.known.pending.records.flatMap(recordedInPending)).toEqual([])
    await store.close()
  },
)
