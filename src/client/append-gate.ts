import { LarderError } from '../errors.ts'
import { storable } from '../event/commit-draft.ts'
import type { PreparedCommit } from '../event/prepare-commit.ts'
import { type GatheredAppend, toBatch } from '../protocol/append-batch.ts'
import { type Envelope, fromWireError } from '../protocol/wire-error.ts'
import type { WorkerApi } from '../protocol/worker-api.ts'
import type { Stored } from '../store/append-transaction.ts'

/** Most of what goes in one message. */
const LIMITS = { commits: 1024, units: 4 * 1024 * 1024 }

interface Gathering {
  readonly appends: GatheredAppend[]
  units: number
  readonly answers: Promise<readonly Envelope<Stored>[]>
}

/** A commit with the ids that its events have in the store. */
export interface Appended extends Stored {
  readonly eventIds: readonly string[]
  /** It was stored before, under the same id. */
  readonly wasThere?: boolean
}

/**
 * Lets appends that are called in one turn of the page cross in one message: what a message costs is what a small append costs. The worker stores them in
 * one transaction anyhow. The message goes when it would have gone for the first of them alone.
 */
export class AppendGate {
  readonly #call: <T>(work: (api: WorkerApi) => Promise<Envelope<T>>) => Promise<T>
  #open: Gathering | undefined

  /** @param call asks the worker, later in this turn or when there is one */
  constructor(call: <T>(work: (api: WorkerApi) => Promise<Envelope<T>>) => Promise<T>) {
    this.#call = call
  }

  async append(commit: PreparedCommit, lookUp: boolean): Promise<Appended> {
    const gathering = this.#gathering()
    const index = gathering.appends.push({ commit: storable(commit), lookUp }) - 1
    gathering.units += commit.events.body.length
    const answer = (await gathering.answers)[index]
    if (answer === undefined) throw new LarderError('internal', 'An append was not answered; please report this', {})
    if (!answer.ok) throw fromWireError(answer.error)
    const { eventIds } = answer.value
    return { ...answer.value, eventIds: eventIds ?? commit.eventIds, wasThere: eventIds !== undefined }
  }

  #gathering(): Gathering {
    if (this.#open !== undefined && this.#open.appends.length < LIMITS.commits && this.#open.units < LIMITS.units)
      return this.#open
    const appends: GatheredAppend[] = []
    const leave = () => {
      if (this.#open?.appends === appends) this.#open = undefined
    }
    const answers = this.#call((api) => {
      leave()
      return send(api, appends)
    })
    this.#open = { appends, units: 0, answers }
    // There may be no worker yet, and what is called later has a deadline of its own.
    queueMicrotask(leave)
    return this.#open
  }
}

async function send(
  api: WorkerApi,
  appends: readonly GatheredAppend[],
): Promise<Envelope<readonly Envelope<Stored>[]>> {
  const [only] = appends
  if (only === undefined || appends.length > 1) return api.appendBatch(toBatch(appends))
  return { ok: true, value: [await api.append(only.commit, only.lookUp)] }
}
