/** The variable under which the tests that try many of the same try all that they know: `npm run test:slow` sets it. */
export const THOROUGH = 'LARDER_THOROUGH'

/**
 * How many seeds, cases or steps a test tries: `all` of them in `npm run test:slow`, and `some` in `npm test`, which has to be over in minutes. Of every test
 * that asks for this, the slow one runs all.
 */
export function thorough<T>(all: T, some: T): T {
  return process.env[THOROUGH] === '1' ? all : some
}
