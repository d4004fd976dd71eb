import { nutritionRules } from '../../src/nutrition/index.ts'
import type { Scene } from '../../src/testing/simulator/scene.ts'
import { resultOf, type SeedResult, Story, type TraceOptions } from '../../src/testing/simulator/story.ts'
import { HEAVY_FAULTS } from '../../src/testing/simulator/world/network-faults.ts'
import { syncGzip } from '../support/sync-codec.ts'
import { app, devices } from './app.ts'
import { POISON } from './draw-events.ts'
import { Person } from './person.ts'
import { newer } from './releases.ts'
import { withoutUnhandled } from './without-unhandled.ts'

export type { SeedResult }

export function createPerson({ world, violations, history }: Scene, device: string): Person {
  return new Person({ prng: world.prng.fork(`person ${device}`), violations, history, counts: world.counts })
}

/** The time is short, so streams have to break soon. */
const FAULTS = { ...HEAVY_FAULTS, pokeLost: 0.4, streamBroken: 0.4 }

/** Runs the production engine and server core through one story of people who log what they eat. */
export async function runSeed(seed: number, options: TraceOptions = {}): Promise<SeedResult> {
  const story = new Story({
    ...{ seed, app, createPerson, rules: nutritionRules, faults: FAULTS, codec: syncGzip, believesDisks: false },
    ...{ devices, nextRelease: newer, isPoisoned: (body: string) => body.includes(POISON) },
    ...{ acts: 3, disturbances: 4, leastAppends: 3, faultsMs: 16_000, undecided: 0.1, refusing: 0.08, losses: 0.9 },
  })
  await withoutUnhandled(story.scene, () => story.tell())
  return resultOf(story, options)
}
