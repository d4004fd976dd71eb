import type { Random } from '../../platform/ports.ts'
import type { TestRunner } from './test-runner.ts'

const DRAWS = 10_000
const TENTHS = 10
/** Nine times how far a fair tenth strays as a rule: a fair source is found wanting once in 10^18 runs. */
const STRAYING = 9 * Math.sqrt((DRAWS / TENTHS) * (1 - 1 / TENTHS))

/** What every `Random` has to do. Nothing here asks for secrecy: backoff and the like are drawn from it, and no ids or keys. */
export function randomContract({ describe, it, expect }: TestRunner, name: string, newRandom: () => Random): void {
  const draw = (): number[] => {
    const random = newRandom()
    return Array.from({ length: DRAWS }, () => random.next())
  }

  describe(`random contract: ${name}`, () => {
    it('answers numbers from 0, below 1', async () => {
      expect(draw().filter((each) => !(each >= 0 && each < 1))).toEqual([])
    })

    it('comes to each tenth as often as to the others', async () => {
      const counts = new Array<number>(TENTHS).fill(0)
      for (const each of draw()) counts[Math.floor(each * TENTHS)] = (counts[Math.floor(each * TENTHS)] ?? 0) + 1
      expect(counts.filter((count) => Math.abs(count - DRAWS / TENTHS) > STRAYING)).toEqual([])
    })

    it('does not go by what it drew last', async () => {
      const drawn = draw()
      const counts = new Array<number>(4).fill(0)
      for (const [index, each] of drawn.entries()) {
        const before = drawn[index - 1]
        if (before === undefined) continue
        const place = (before < 0.5 ? 0 : 2) + (each < 0.5 ? 0 : 1)
        counts[place] = (counts[place] ?? 0) + 1
      }
      const strays = 9 * Math.sqrt((DRAWS / 4) * (3 / 4))
      expect(counts.filter((count) => Math.abs(count - DRAWS / 4) > strays)).toEqual([])
    })
  })
}
