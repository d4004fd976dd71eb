import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

/** A bug as a committed patch, planted to see whether the tests notice. */
export interface Mutant {
  readonly name: string
  readonly file: string
  /** The checks that it has to break, named in the patch's header: an invariant of the simulation, or the name of a test. */
  readonly breaks: readonly string[]
}

/**
 * Reads a patch whose header, above the first `---`, has a line `Invariant: <name>` for each thing that it has to break.
 *
 * @throws RangeError when it names none
 */
export function readMutant(file: string): Mutant {
  const [header = ''] = readFileSync(file, 'utf8').split(/^--- /m)
  const breaks = [...header.matchAll(/^Invariant: (.+)$/gm)].map(([, name = '']) => name.trim())
  if (breaks.length === 0)
    throw new RangeError(`${file} does not say what it breaks: add a line 'Invariant: …' above the diff`)
  return { name: basename(file, '.patch'), file, breaks }
}
