import type { Logger } from './ports.ts'

export type LogLevel = 'error' | 'info' | 'debug'
const RANK: Readonly<Record<LogLevel, number>> = { error: 0, info: 1, debug: 2 }

/**
 * Writes to the console, down to `level`. What it is given never holds payload.
 *
 * @param level default `'error'`: only what somebody should look at
 */
export function createConsoleLogger(level: LogLevel = 'error'): Logger {
  const write = (at: LogLevel) => (message: string, facts?: Readonly<Record<string, unknown>>) => {
    if (RANK[at] > RANK[level]) return
    if (facts === undefined) console[at](`larder ${message}`)
    else console[at](`larder ${message}`, facts)
  }
  return { error: write('error'), info: write('info'), debug: write('debug') }
}
