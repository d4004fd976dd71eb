import { type MealData, mealAt, type Shape } from './meals.ts'

/** How many events, and a sum over all that they say: the order in which they are read does not count, every character does. */
export class Tally {
  count = 0
  checksum = 0

  add({ userId, mealId, day, slot, name, calories, protein, carbs, fat, fibre }: MealData): void {
    this.count++
    this.checksum =
      (this.checksum +
        hash(`${userId}|${mealId}|${day}|${slot}|${name}|${calories}|${protein}|${carbs}|${fat}|${fibre}`)) >>>
      0
  }
}

/** What a log of these events has to add up to. */
export function expectedTally(count: number, shape: Shape, events: number): Tally {
  const tally = new Tally()
  for (let index = 0; index < count; index++) tally.add(mealAt(index, shape, events).data)
  return tally
}

/** @throws when what was read back is not what was stored */
export function assertTally(found: Tally, expected: Tally): void {
  if (found.count === expected.count && found.checksum === expected.checksum) return
  throw new Error(
    `Read back ${found.count} events with checksum ${found.checksum}; stored were ${expected.count} with ${expected.checksum}`,
  )
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return value >>> 0
}
