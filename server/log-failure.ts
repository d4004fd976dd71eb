import type { Logger } from '../src/platform/ports.ts'

/**
 * Logs that something failed, by its name, its code and where in the code it was. Its message is left out, because a message may quote what
 * it was given, and the log is no place for what people entrusted to the server.
 */
export function logFailure(
  logger: Logger,
  message: string,
  error: unknown,
  facts: Readonly<Record<string, unknown>> = {},
): void {
  logger.error(message, { ...facts, ...describe(error) })
}

function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error }
  return {
    error: error.name,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    at: error.stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 5)
      .map((line) => line.trim()),
    ...(error.cause === undefined ? {} : { cause: describe(error.cause) }),
  }
}
