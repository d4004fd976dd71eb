import { checkSchema, type ReadableIssue, type SchemaOutput, type StandardSchema } from './standard-schema.ts'

export type UpcastResult =
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly issues: readonly ReadableIssue[] }

/** Turns stored data of an older schema version into data of the current one. Pure and total for data that fits its old schema. */
export interface Upcaster {
  readonly upcast: (stored: unknown) => UpcastResult
}

/**
 * An upcaster with the old schema, so that `old` is typed and what does not fit it is reported instead of guessed at.
 *
 * ```ts
 * upcast: { 1: from(MealLoggedV1, (old) => ({ ...old, day: old.loggedAt.slice(0, 10) })) }
 * ```
 */
export function from<S extends StandardSchema>(schema: S, up: (old: SchemaOutput<S>) => unknown): Upcaster {
  return {
    upcast: (stored) => {
      const checked = checkSchema(schema as StandardSchema<unknown, SchemaOutput<S>>, stored)
      return checked.ok ? { ok: true, data: up(checked.value) } : checked
    },
  }
}
