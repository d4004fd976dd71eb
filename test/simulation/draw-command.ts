import type { JsonValue } from '../../src/event/json.ts'
import type { Prng } from '../../src/testing/chance/prng.ts'

export interface DrawnCommand {
  readonly aggregate: string
  readonly id: string
  readonly command: string
  readonly args: JsonValue | undefined
}

/** A command of one of the few meals, so that devices decide on states that others are changing; what it comes to depends on the state. */
export function drawCommand(prng: Prng): DrawnCommand {
  const id = `meal-${prng.between(1, 6)}`
  const command = prng.pick(['log', 'log', 'correct', 'correct', 'remove'] as const)
  if (command === 'remove') return { aggregate: 'meal', id, command, args: undefined }
  const args = {
    userId: 'user-1',
    day: prng.pick(['2026-11-22', '2026-11-23']),
    slot: prng.pick(['breakfast', 'lunch']),
    name: `Food ${prng.between(1, 9)}`,
    calories: prng.between(50, 1200),
    ...{
      protein: prng.between(0, 50),
      carbs: prng.between(0, 90),
      fat: prng.between(0, 40),
      fibre: prng.between(0, 15),
    },
  }
  return { aggregate: 'meal', id, command, args }
}
