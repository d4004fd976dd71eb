import { nutritionRules } from '../../src/nutrition/index.ts'
import type { Scene } from '../../src/testing/simulator/scene.ts'
import { resultOf, type SeedResult, Story, type TraceOptions } from '../../src/testing/simulator/story.ts'
import { HEAVY_FAULTS } from '../../src/testing/simulator/world/network-faults.ts'
import { syncGzip } from '../support/sync-codec.ts'
import { app } from './app.ts'
import { Person } from './person.ts'
import { withoutUnhandled } from './without-unhandled.ts'

export type { SeedResult }

export function createPerson({ world, violations, history }: Scene, device: string): Person {
  return new Person({ prng: world.prng.fork(`person ${device}`), violations, history, counts: world.counts })
}

/** Runs the production engine and server core through one story of people who log what they eat. */
export async function runSeed(seed: number, options: TraceOptions = {}): Promise<SeedResult> {
  const story = new Story({
    ...{ seed, app, createPerson, rules: nutritionRules, faults: HEAVY_FAULTS, codec: syncGzip, believesDisks: false },
    tabs: { a: 2, b: 2, c: 1 },
    ...{ acts: 24, leastAppends: 20, faultsMs: 60_000, undecided: 0.06, refusing: 0.06 },
  })
  await withoutUnhandled(story.scene, () => story.tell())
  return resultOf(story, options)
}
