/**
 * The part of Standard Schema v1 (https://standardschema.dev) that Larder needs. zod 4, valibot and arktype schemas all satisfy it.
 * The documented library is zod.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

export type SchemaInput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['input']
export type SchemaOutput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['output']

export interface ReadableIssue {
  readonly path: string
  readonly message: string
}

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly ReadableIssue[] }

/** Validates in this turn of the event loop. A schema that answers with a promise is refused: an append has to be checked before it is sent. */
export function checkSchema<T>(schema: StandardSchema<unknown, T>, value: unknown): Checked<T> {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) {
    result.catch(() => undefined)
    return {
      ok: false,
      issues: [{ path: '', message: 'The schema validates asynchronously; use a synchronous schema' }],
    }
  }
  if (result.issues === undefined) return { ok: true, value: result.value }
  return { ok: false, issues: result.issues.map((issue) => ({ path: pathOf(issue), message: issue.message })) }
}

function pathOf(issue: SchemaIssue): string {
  return (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
}
