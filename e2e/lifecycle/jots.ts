import { defineDomain, defineEvent, defineProjection } from '@larder/sdk/domain'
import { z } from 'zod'

export const Jotted = defineEvent('Jotted', { schema: z.object({ text: z.string() }), stream: () => 'jots' })

/** Every text, in the order of the log. */
export const jots = defineProjection('jots', {
  version: 1,
  events: [Jotted],
  initial: (): readonly string[] => [],
  evolve: { Jotted: (all, { data }) => [...all, data.text.slice(0, 20)] },
})

/** How many there are: what nobody looks at before a test does. */
export const count = defineProjection('count', {
  version: 1,
  events: [Jotted],
  initial: () => 0,
  evolve: { Jotted: (before: number) => before + 1 },
})

export const domain = defineDomain({ version: 'jots 1', events: [Jotted], projections: [jots, count] })

/** What a test calls on the page. */
export interface JotsPage {
  /** Whether it was brought back as it was left, and else why not, as JSON. */
  readonly returned: { readonly persisted: boolean; readonly reasons: string }[]
  /** Kinds of events that anything on the page has ever listened to. */
  readonly listenedTo: ReadonlySet<string>
  /** Resolves when it is stored. Answers the code and the details of an error in its place. */
  append(text: string): Promise<unknown>
  /** Appends as many; answers how long that took, in ms. */
  appendAll(count: number): Promise<number>
  texts(): Promise<readonly string[]>
  count(): Promise<number>
  /** Names of the projections that have a checkpoint. */
  checkpoints(): Promise<readonly string[]>
  pause(): Promise<void>
  /** Also where that cannot be stored. */
  resume(): Promise<void>
  persist(): Promise<boolean | 'unknown'>
  /** How it stands now. */
  stands(): {
    readonly state: string
    readonly problem: string | undefined
    readonly leader: boolean
    readonly health: unknown
  }
}

declare global {
  /** Undefined until the store is open. */
  var page: JotsPage | undefined
  var listenedTo: Set<string> | undefined
}
