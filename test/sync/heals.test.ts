import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Larder } from '../../src/reactive/larder.ts'
import { BACKOFF } from '../../src/sync/backoff.ts'
import type { SyncStatus } from '../../src/sync/sync-status.ts'
import { Prng } from '../../src/testing/chance/prng.ts'
import { faultyTransport, type TransportFaultPlan } from '../../src/testing/faults/faulty-transport.ts'
import { simulate } from '../../src/testing/simulator/simulate.ts'
import { Device } from '../support/device.ts'
import { journal, noted, notes } from '../support/notes.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { SyncServer } from '../support/sync-server.ts'
import { thorough } from '../support/thorough.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const SEEDS = thorough(40, 5)
/** Seeds of five devices with two tabs each. */
const TOGETHER = thorough(6, 2)
const DEVICES = 3
/** How long there are faults. */
const FAULTS_MS = 4 * 60_000
const HEALED_WITHIN_MS = 2 * BACKOFF.capMs

type Chance = { -readonly [K in keyof NonNullable<TransportFaultPlan['chance']>]: number }

/** What a seed brought about, to see that it brought about something. */
interface Story {
  readonly acknowledged: readonly string[]
  readonly struck: number
  readonly worst: number
}

async function tell(seed: number): Promise<Story> {
  const prng = new Prng(seed)
  const clock = new VirtualClock()
  const server = new SyncServer()
  server.rules = [ruleAgainst('bad', { code: 'no', message: 'No' })]
  const chance: Chance = {}
  const acknowledged: string[] = []
  let struck = 0
  const devices = Array.from({ length: DEVICES }, (_, index) => {
    const device = new Device(seed * DEVICES + index, clock)
    const transport = faultyTransport(server.transport(), { clock, chance, seed: seed * DEVICES + index })
    const way: SyncServer = Object.assign(Object.create(server), { transport: () => transport })
    return { device, transport, way, tabs: [] as Larder[] }
  })
  for (const { device, way, tabs } of devices)
    for (let tab = 0; tab < 2; tab++) tabs.push(await device.openTab({ server: way }))
  Object.assign(chance, {
    ...{ 'lose-request': 0.1, 'lose-response': 0.15, hang: 0.05, duplicate: 0.1, delay: 0.1, reorder: 0.05 },
    ...{ truncate: 0.05, 'captive-portal': 0.1, 'server-error': 0.2 },
  } satisfies Chance)
  for (let passed = 0, n = 0; passed < FAULTS_MS; n++) {
    const one = devices[prng.between(0, DEVICES - 1)]
    if (one === undefined) throw new Error('there is no such device')
    const { device, way, tabs } = one
    const at = prng.between(0, tabs.length - 1)
    const act = prng.between(0, 9)
    if (act === 0) {
      // A tab goes, and another comes.
      const [gone] = tabs.splice(at, 1)
      await gone?.close()
      tabs.push(await device.openTab({ server: way }))
    } else if (act === 1) device.machine.connectivity.set(prng.chance(0.5))
    else if (act === 2) clock.set(clock.now() + prng.between(-3_600_000, 3_600_000))
    else {
      const text = `${prng.chance(0.1) ? 'bad ' : ''}${n}`
      await tabs[at]?.append(noted(text))
      acknowledged.push(text)
    }
    const pause = prng.between(1, 15_000)
    await clock.advance(pause)
    passed += pause
  }
  for (const { transport } of devices) struck += transport.struck.length
  const attempts = await Promise.all(devices.map(({ tabs }) => stateOf(tabs)))
  const worst = Math.max(...attempts.map(({ pending }) => pending))
  // Everything works from now on, and nobody does anything.
  for (const kind of Object.keys(chance)) delete chance[kind as keyof Chance]
  await clock.advance(HEALED_WITHIN_MS)

  const texts = await server.texts()
  const letters: string[] = []
  for (const { tabs } of devices) {
    const { pending, state } = await stateOf(tabs)
    expect([seed, pending, state]).toEqual([seed, 0, 'idle'])
    const [first] = tabs
    for (const tab of tabs) expect([seed, await tab.get(journal, { layer: 'confirmed' })]).toEqual([seed, texts])
    for (const { events } of (await first?.deadLetters.list()) ?? [])
      letters.push(...events.map(({ data }) => (data as { text: string }).text))
  }
  expect([seed, [...texts, ...letters].sort()]).toEqual([seed, acknowledged.toSorted()])
  await Promise.all(devices.flatMap(({ tabs }) => tabs.map((tab) => tab.close())))
  await clock.advance(0)
  return { acknowledged, struck, worst }
}

function stateOf([tab]: readonly Larder[]): Promise<SyncStatus> {
  if (tab === undefined) throw new Error('no tab is open')
  return firstValueFrom(tab.sync.status$)
}

describe('C68: after any faults, once everything works again,', () => {
  it(`each of ${SEEDS} stories comes to rest within twice the longest backoff, with nobody touching anything`, async () => {
    let struck = 0
    let behind = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      const story = await tell(seed)
      struck += story.struck
      if (story.worst > 0) behind++
    }
    // And there was something to heal from.
    expect(struck).toBeGreaterThan(SEEDS * 20)
    expect(behind).toBeGreaterThan(SEEDS / 3)
  }, 120_000)
})

describe('C69: five devices with two tabs each', () => {
  it('agree to the letter after partitions, kills, restarts and clocks that are set, and the server has what was acknowledged', async () => {
    const report = await simulate(notes, {
      ...{ devices: 5, tabs: 2, seeds: TOGETHER, acts: 10 },
      rules: [ruleAgainst('bad', { code: 'no', message: 'No' })],
      act: (prng, larder) => larder.append(noted(`${prng.chance(0.1) ? 'bad ' : ''}${prng.between(1, 1e9)}`)),
    })
    expect(report.commits).toBeGreaterThan(TOGETHER * 20)
    for (const fault of ['request-lost', 'response-lost', 'tab-killed', 'device-offline', 'clock-set'])
      expect([fault, (report.faults[fault] ?? 0) > 0]).toEqual([fault, true])
  }, 60_000)
})
