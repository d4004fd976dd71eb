import type { Mutant } from './mutant.ts'
import { WorkingCopy } from './working-copy.ts'

/** By check, such as a seed or a test, what it found broken; empty where it passed. */
export type Findings = ReadonlyMap<string, readonly string[]>

/** What runs on the sources with and without a mutant: seeds of the simulation, or test files. */
export interface MutantTarget {
  /** Files and folders that a working copy needs besides the sources. */
  readonly paths: readonly string[]
  /** What has to compile. */
  readonly compiled: readonly string[]
  /** Undefined when the checks themselves could not run. */
  run(copy: WorkingCopy): Promise<Findings | undefined>
}

export type MutantOutcome =
  | { readonly caught: true; readonly check: string; readonly broke: string; readonly caughtBy: number }
  | { readonly caught: false; readonly why: string }

/** What the target finds in the sources as they are: a check that fails there proves nothing about a mutant. */
export function runUnchanged(root: string, target: MutantTarget): Promise<Findings | undefined> {
  return inCopy(root, target, (copy) => target.run(copy))
}

/**
 * Plants a mutant in a copy of the sources and runs the target on it. It is caught when a check that passes without it breaks what the mutant was
 * made to break. A patch that does not apply or compile, and a target that cannot run, prove nothing: not caught.
 */
export function runMutant(
  root: string,
  mutant: Mutant,
  target: MutantTarget,
  unchanged: Findings,
): Promise<MutantOutcome> {
  return inCopy(root, target, async (copy) => {
    const applied = await copy.apply(mutant.file)
    if (applied.code !== 0) return { caught: false, why: `the patch does not apply: ${applied.output.trim()}` }
    const compiled = await copy.compile(target.compiled)
    if (compiled.code !== 0) return { caught: false, why: `it does not compile: ${compiled.output.trim()}` }
    const findings = await target.run(copy)
    if (findings === undefined) return { caught: false, why: 'the checks could not run on it' }
    return judge(mutant, findings, unchanged)
  })
}

/** What the findings with a mutant say, beside those without it. */
export function judge({ breaks }: Pick<Mutant, 'breaks'>, findings: Findings, unchanged: Findings): MutantOutcome {
  const caught = [...findings].flatMap(([check, broken]) => {
    const broke = broken.find((each) => breaks.includes(each))
    return broke !== undefined && unchanged.get(check)?.length === 0 ? [{ check, broke }] : []
  })
  const [first] = caught
  if (first !== undefined) return { caught: true, ...first, caughtBy: caught.length }
  const others = [...new Set([...findings.values()].flat())].join(', ')
  return {
    caught: false,
    why: others === '' ? 'everything passes' : `it broke only ${others}, not ${breaks.join(', ')}`,
  }
}

async function inCopy<T>(root: string, target: MutantTarget, work: (copy: WorkingCopy) => Promise<T>): Promise<T> {
  const copy = new WorkingCopy(root, target.paths)
  try {
    return await work(copy)
  } finally {
    copy.remove()
  }
}
