/** What every engine stores: the same meals, made from their number alone, so that what is read back can be told from what was written. */

export interface MealData {
  readonly userId: string
  readonly mealId: string
  readonly day: string
  readonly slot: 'breakfast' | 'lunch' | 'dinner' | 'snacks'
  readonly name: string
  readonly calories: number
  readonly protein: number
  readonly carbs: number
  readonly fat: number
  readonly fibre: number
}

export interface MealEvent {
  readonly stream: string
  /** ISO 8601: within the meal's day. */
  readonly time: string
  readonly data: MealData
}

/**
 * How events are spread over streams.
 * - `clustered`: 100 events in a row are one stream
 * - `distinct`: every event is a stream of its own
 * - `interleaved`: every batch has one event of each of {@link streamsOf} streams
 */
export type Shape = 'clustered' | 'distinct' | 'interleaved'

/** Bytes of an event as JSON: `{ id, type, version, stream, time, data, metadata }`. */
export const EVENT_BYTES = 306
export const EVENTS_PER_STREAM = 100
const EVENTS_PER_DAY = 137
const DAYS_FROM = Date.UTC(2026, 0, 1)
const DAY_MS = 86_400_000

const slots = ['breakfast', 'lunch', 'dinner', 'snacks'] as const
const words = (
  'apple baked banana barley bean beef berry bread broccoli brown butter carrot cheese chicken chickpea corn cottage cream cucumber egg ' +
  'fennel fish garlic ginger green grilled honey kale lemon lentil lime mango millet mint mushroom oat olive onion orange pasta peach ' +
  'pear pepper plain pork potato pumpkin quinoa raw red rice roast salad salmon soup spinach squash stew tofu tomato tuna walnut wheat yoghurt'
).split(' ')

const PLACEHOLDER_ID = '00000000-0000-7000-8000-000000000000'

/** The same mix of a number at every call; spreads neighbours far apart. */
function mix(index: number): number {
  let mixed = Math.imul(index + 1, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b)
  return (mixed ^ (mixed >>> 13)) >>> 0
}

export function dayOf(index: number): string {
  return new Date(DAYS_FROM + Math.floor(index / EVENTS_PER_DAY) * DAY_MS).toISOString().slice(0, 10)
}

/** How many streams a log of this many events has, where it is not one each. */
export function streamsOf(events: number): number {
  return Math.max(1, Math.ceil(events / EVENTS_PER_STREAM))
}

export function streamName(number: number): string {
  return `d${String(number).padStart(6, '0')}`
}

function streamOf(index: number, shape: Shape, events: number): string {
  if (shape === 'distinct') return `m${String(index).padStart(7, '0')}`
  return streamName(shape === 'clustered' ? Math.floor(index / EVENTS_PER_STREAM) : index % streamsOf(events))
}

/** The event of this number in a log of `events`. */
export function mealAt(index: number, shape: Shape, events: number): MealEvent {
  const dice = mix(index)
  const stream = streamOf(index, shape, events)
  const day = dayOf(index)
  const time = `${day}T${String(6 + (dice % 16)).padStart(2, '0')}:${String((dice >>> 4) % 60).padStart(2, '0')}:00.000Z`
  const data = {
    userId: `u${dice % 4}`,
    mealId: `m${String(index).padStart(7, '0')}`,
    day,
    slot: slots[(dice >>> 2) % 4] ?? 'snacks',
    name: '',
    calories: 50 + ((dice >>> 5) % 900),
    protein: (dice >>> 7) % 60,
    carbs: (dice >>> 9) % 120,
    fat: (dice >>> 11) % 50,
    fibre: (dice >>> 13) % 20,
  }
  const frame = { id: PLACEHOLDER_ID, type: 'MealLogged', version: 1, stream, time, data, metadata: {} }
  return { stream, time, data: { ...data, name: nameOf(dice, EVENT_BYTES - JSON.stringify(frame).length) } }
}

export function mealsFrom(first: number, count: number, shape: Shape, events: number): MealEvent[] {
  return Array.from({ length: count }, (_, index) => mealAt(first + index, shape, events))
}

/** Words of the kitchen, exactly this long: filler would be smaller on disk than what people write. */
function nameOf(dice: number, length: number): string {
  let name = ''
  for (let seed = dice; name.length < length; seed = mix(seed))
    name += `${name === '' ? '' : ' '}${words[seed % words.length]}`
  // Trimmed by the schema, so it must not end in a space.
  return name.slice(0, length).replace(/ $/, 'y')
}
