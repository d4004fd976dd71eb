import { argumentError, type LarderErrorCode } from '../../errors.ts'
import type { CommitRule } from '../../event/commit-rule.ts'
import type { Domain } from '../../projection/define-domain.ts'
import { viewsOf } from './app-tab.ts'
import { checkInvariants, type Invariants } from './check-invariants.ts'
import { SimulationFailure } from './simulation-failure.ts'
import { resultOf, type SeedResult, Story } from './story.ts'
import { type Act, Visitor } from './visitor.ts'
import { HEAVY_FAULTS, type NetworkFaults } from './world/network-faults.ts'

export interface SimulateOptions {
  /**
   * What somebody does with the app, again and again, on each device: mostly an append or a command. `larder` is that of one open tab; let
   * `prng` alone decide what happens, so that a seed runs the same way again. It may be given up in the middle of anything, as its tab is closed or
   * killed: then what it awaits never comes.
   */
  readonly act: Act
  /** What has to be so in the end, by name; see {@link SettledWorld}. One that answers `false`, throws or rejects is broken. */
  readonly invariants?: Invariants
  /** What the server says about commits. Default: nothing. */
  readonly rules?: readonly CommitRule[]
  /** How many seeds, from 1 on. Default 20. More find more; each takes a tenth of a second or so. */
  readonly seeds?: number
  /** Only this one, a whole number from 1: to see it fail again. */
  readonly seed?: number
  /** Default 3. */
  readonly devices?: number
  /** Of each device. Default 2. */
  readonly tabs?: number
  /** How often each device acts while there are faults. Default 24. */
  readonly acts?: number
  /** How long there are faults, in virtual ms. Default one minute; then everything is healed, and has to come to rest. */
  readonly faultsMs?: number
  /** Faults of the network, each a probability, over those of a bad train line. */
  readonly network?: Partial<NetworkFaults>
  /** How likely the server refuses for good a commit that its rules would take. Such commits are retried, so they come late. Default 0. */
  readonly refuses?: number
  /** Codes with which an act may fail, besides `closed`, `storage-unavailable`, `concurrency`, `timeout`, `dead-letter-unknown`, `dead-letter-accepted`. Default: none. */
  readonly mayFail?: readonly LarderErrorCode[]
  /** Most lines of the trace that a failing seed prints. Default 100. */
  readonly traceLines?: number
}

/** What was run: for a test that wants to know that it tested something. */
export interface SimulationReport {
  readonly seeds: number
  /** Accepted by the server. */
  readonly commits: number
  readonly events: number
  /** How often each kind of fault struck, and how often somebody acted (`act`). */
  readonly faults: Readonly<Record<string, number>>
  /** Of the last seed: the same for the same seed and definitions. */
  readonly traceHash: string
  readonly virtualMs: number
}

const COMMITS_UNDECIDED = 0.06

/**
 * Runs an app's domain on several devices with several tabs each, with the production engine, client and server core, under virtual time: requests and
 * answers are lost, duplicated, late, cut off and out of order; devices leave the network, the server goes down and dies in the middle of a
 * request, tokens expire; storage fails and tabs are killed at any step and in every phase of an exchange, tabs are closed, frozen and opened again, clocks are set; in
 * some seeds the server is restored from a backup, or a device is copied, and the copy is one more device. Then everything is healed, and has to come to rest. It is checked
 * all along, and at the end, that
 *
 * - nothing that was stored is lost, nothing is there twice, and nothing is there that nobody made;
 * - every device has the server's log, and every projection shows and answers in every tab what that log folds to: so a projection that
 *   is not a function of its events (that looks at a clock, draws a random number or keeps something) is found out;
 * - acts fail only as they have to in such a world, nothing in the engine does, and closed tabs leave nothing behind;
 * - the app's own invariants hold.
 *
 * ```ts
 * await simulate(nutrition, {
 *   seeds: 50,
 *   act: (prng, larder) => larder.append(MealLogged({ mealId: `meal-${prng.between(1, 9)}`, … })),
 *   invariants: { 'no day is negative': ({ states }) => [...states(dailyIntake).values()].every(isPositive) },
 * })
 * ```
 *
 * @throws SimulationFailure at the first seed that breaks something: its message says what, shows the end of what happened, and how to run it again
 * @throws LarderError `argument`
 */
export async function simulate(domain: Domain, options: SimulateOptions): Promise<SimulationReport> {
  const seeds = seedsOf(options)
  const faults = new Map<string, number>()
  const sum = { commits: 0, events: 0, virtualMs: 0, traceHash: '' }
  for (const seed of seeds) {
    const { story, result } = await runSeed(domain, options, seed)
    if (result.violations.length > 0) throw new SimulationFailure(result)
    const { commits } = story.scene.server.log
    sum.commits += commits.length
    sum.events += commits.reduce((total, { events }) => total + events.length, 0)
    sum.virtualMs += result.virtualMs
    sum.traceHash = result.traceHash
    for (const [kind, count] of Object.entries(result.faults)) faults.set(kind, (faults.get(kind) ?? 0) + count)
  }
  return { seeds: seeds.length, ...sum, faults: Object.fromEntries(faults) }
}

async function runSeed(
  domain: Domain,
  options: SimulateOptions,
  seed: number,
): Promise<{ readonly story: Story; readonly result: SeedResult }> {
  const { act, mayFail = [], invariants = {}, traceLines = 100 } = options
  const story = new Story({
    seed,
    app: { domain, views: viewsOf(domain), hasLarder: true, samples: false },
    rules: options.rules ?? [],
    faults: { ...HEAVY_FAULTS, ...options.network },
    believesDisks: true,
    createPerson: ({ world, violations, history }, device) =>
      new Visitor({
        ...{ act, mayFail, violations, counts: world.counts, prng: world.prng.fork(`person ${device}`) },
        isKnown: (id) => history.attempts.has(id),
      }),
    devices: devicesOf(options),
    acts: wholeNumber('acts', options.acts ?? 24),
    disturbances: 18,
    leastAppends: 0,
    faultsMs: wholeNumber('faultsMs', options.faultsMs ?? 60_000),
    undecided: COMMITS_UNDECIDED,
    refusing: options.refuses ?? 0,
  })
  await story.tell()
  if (story.isTold) await checkInvariants(domain, story.scene, invariants)
  return { story, result: resultOf(story, { traceLines }) }
}

function seedsOf({ seed, seeds = 20 }: SimulateOptions): readonly number[] {
  if (seed !== undefined) return [wholeNumber('seed', seed)]
  return Array.from({ length: wholeNumber('seeds', seeds) }, (_, index) => index + 1)
}

function devicesOf({ devices = 3, tabs = 2 }: SimulateOptions): Readonly<Record<string, { readonly tabs: number }>> {
  wholeNumber('tabs', tabs)
  const names = Array.from({ length: wholeNumber('devices', devices) }, (_, index) => `device-${index + 1}`)
  return Object.fromEntries(names.map((name) => [name, { tabs }]))
}

function wholeNumber(name: string, given: number): number {
  if (!Number.isSafeInteger(given) || given < 1)
    throw argumentError(name, `${name} is a whole number from 1; got ${given}`)
  return given
}
