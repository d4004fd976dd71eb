import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Mutant } from './mutant.ts'

/** A planted bug that a named test has to notice. */
export interface TestMutant extends Mutant {
  /** The guarantee that it breaks, as in ARCHITECTURE.md. */
  readonly guarantee: string
  /** The file of the test, and its name with those of the groups around it: `a group > a test`. */
  readonly test: { readonly file: string; readonly name: string }
}

/** Undefined for a patch that is for the simulation: those name an invariant, not a test. */
export function readTestMutant(file: string): TestMutant | undefined {
  const [header = ''] = readFileSync(file, 'utf8').split(/^--- /m)
  const field = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(header)?.[1]?.trim()
  const test = field('Test')
  if (test === undefined) return undefined
  const [, path, name] = /^(\S+) > (.+)$/.exec(test) ?? []
  const guarantee = field('Guarantee')
  if (path === undefined || name === undefined || guarantee === undefined || field('Breaks') === undefined) {
    throw new RangeError(
      `${file} does not say what it breaks: its header needs the lines 'Guarantee: G1', 'Breaks: …' and 'Test: <file> > <group> > <test>'`,
    )
  }
  return { name: basename(file, '.patch'), file, guarantee, test: { file: path, name }, breaks: [`${path} > ${name}`] }
}
