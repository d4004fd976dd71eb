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

/** @throws RangeError where the patch does not say all of that: one that was passed over would count as neither caught nor missed */
export function readTestMutant(file: string): TestMutant {
  const [header = ''] = readFileSync(file, 'utf8').split(/^--- /m)
  const field = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(header)?.[1]?.trim()
  const [, path, name] = /^(\S+) > (.+)$/.exec(field('Test') ?? '') ?? []
  const guarantee = field('Guarantee')
  if (path === undefined || name === undefined || guarantee === undefined || field('Breaks') === undefined) {
    throw new RangeError(
      `${file} does not say what it breaks: its header needs the lines 'Guarantee: G1', 'Breaks: …' and 'Test: <file> > <group> > <test>'`,
    )
  }
  return { name: basename(file, '.patch'), file, guarantee, test: { file: path, name }, breaks: [`${path} > ${name}`] }
}
