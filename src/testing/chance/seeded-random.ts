import { Prng } from './prng.ts'

/** Chance that is the same in every run with the same seed, a whole number. Fits the `Random` port. */
export function seededRandom(seed: number): Prng {
  return new Prng(seed)
}
