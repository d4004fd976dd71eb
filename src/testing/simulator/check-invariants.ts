import type { Domain } from '../../projection/define-domain.ts'
import { describe } from './installation.ts'
import type { Scene } from './scene.ts'
import { type SettledWorld, settledWorld } from './settled-world.ts'

/** By name. Broken where it answers `false`, throws or rejects. */
export type Invariants = Readonly<Record<string, (world: SettledWorld) => unknown>>

/** The app's own, each by itself: all that are broken are told. */
export async function checkInvariants(domain: Domain, scene: Scene, invariants: Invariants): Promise<void> {
  const world = settledWorld(domain, scene)
  for (const [name, holds] of Object.entries(invariants)) {
    const check = async (): Promise<void> => {
      try {
        if ((await holds(world)) === false) scene.violations.add(`yours: ${name}`, 'it does not hold')
      } catch (error) {
        scene.violations.add(`yours: ${name}`, describe(error))
      }
    }
    await scene.finish(check(), `the invariant '${name}'`)
  }
}
