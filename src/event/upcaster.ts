import type { AnyEventDefinition, CurrentEvent, NewEventOf, Upcaster } from './event-definition.ts'
import type { NewEvent } from './recorded-event.ts'
import { checkSchema, type SchemaOutput, type StandardSchema } from './standard-schema.ts'

/** Of what an upcaster answers, the data for the definition that it stands in. */
type CurrentIn<R> = R extends readonly (infer Each)[] ? (Each extends CurrentEvent<infer D> ? D : never) : never

/**
 * An upcaster: reads data of an old version as the current one. The old schema types `old`, and what does not fit it is reported, not guessed at;
 * the answer is typed by the current schema, and checked against it.
 *
 * ```ts
 * upcast: { 1: from(MealLoggedV1, (old) => ({ ...old, day: old.loggedAt.slice(0, 10) })) }
 * ```
 *
 * Every upcaster leads to the current version at once. What was changed twice calls the same function twice:
 * `1: from(V1, (old) => toV3(toV2(old)))`.
 */
export function from<S extends StandardSchema, const Current>(
  schema: S,
  up: (old: SchemaOutput<S>) => Current,
): Upcaster<Current>
/**
 * An upcaster of an event that means several today, or one of another type, or none. The definitions of what may come out are named, so that a
 * projection of theirs is given what was stored under the old type; `current` makes the event of the definition that the upcaster stands in.
 *
 * ```ts
 * upcast: {
 *   2: from(MealLoggedV2, [NoteAdded], ({ note, ...meal }, current) => [current(meal), NoteAdded({ mealId: meal.mealId, note })]),
 * }
 * ```
 *
 * What comes out has the stored event's stream, time, metadata, commit and position. The first has its id; each of the others has one that is
 * derived from it, the type and how many of that type stand before it: what is answered later has to stand behind.
 */
export function from<
  S extends StandardSchema,
  const E extends readonly AnyEventDefinition[],
  const R extends readonly (NewEventOf<E[number]> | CurrentEvent<unknown>)[],
>(
  schema: S,
  into: E,
  up: (old: SchemaOutput<S>, current: <const D>(data: D) => CurrentEvent<D>) => R,
): Upcaster<CurrentIn<R>>
export function from<S extends StandardSchema>(
  schema: S,
  ...rest:
    | readonly [up: (old: SchemaOutput<S>) => unknown]
    | readonly [
        into: readonly AnyEventDefinition[],
        up: (old: SchemaOutput<S>, make: typeof current) => readonly (NewEvent | CurrentEvent<unknown>)[],
      ]
): Upcaster<never> {
  const old = schema as StandardSchema<unknown, SchemaOutput<S>>
  const up = rest.length === 1 ? (data: SchemaOutput<S>) => [current(rest[0](data))] : rest[1]
  return {
    into: new Set(rest.length === 1 ? [] : rest[0].map(({ type }) => type)),
    upcast: (stored) => {
      const checked = checkSchema(old, stored)
      return checked.ok ? { ok: true, events: up(checked.value, current) } : checked
    },
  }
}

function current<const D>(data: D): CurrentEvent<D> {
  return { type: undefined, data }
}
