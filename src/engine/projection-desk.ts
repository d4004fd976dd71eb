import { LarderError } from '../errors.ts'
import type { EventCatalog } from '../event/catalog.ts'
import { faultError } from '../projection/fault-error.ts'
import type { Progress } from '../projection/progress.ts'
import type { ProjectionStates } from '../projection/projection-states.ts'
import type { Projector } from '../projection/projector.ts'
import { type Moment, stateAt } from '../projection/state-at.ts'
import type { EventStore } from '../store/event-store.ts'
import type { FoundCommit } from '../store/find-commit.ts'
import { type FoundLine, findLine } from '../store/find-line.ts'
import type { ViewHub } from './view-hub.ts'

export interface ProjectionDeskOptions {
  readonly store: EventStore
  readonly catalog: EventCatalog
  readonly projector: Projector
  readonly views: ViewHub
}

/** What can be asked of projections, but for their states as they are now. */
export class ProjectionDesk {
  readonly #options: ProjectionDeskOptions

  constructor(options: ProjectionDeskOptions) {
    this.#options = options
  }

  /** @throws LarderError `projection-unknown`, and what {@link Projector.rebuild} throws */
  rebuild(projection: string): Promise<void> {
    return this.#options.projector.rebuild(projection)
  }

  /** Tells how far the projection is folded from the beginning, while it is. */
  watchProgress(projection: string, tell: (progress: Progress | undefined) => void): () => void {
    const { projector } = this.#options
    let told: Progress | undefined
    const look = (): void => {
      const progress = projector.progress(projection)
      if (progress === told) return
      told = progress
      tell(progress)
    }
    look()
    return projector.onTouched((touched) => {
      if (touched === projection) look()
    })
  }

  /** @throws LarderError `projection-unknown`, and what {@link stateAt} throws */
  async stateAt(projection: string, key: string, moment: Moment): Promise<unknown> {
    return stateAt(this.#options, this.#options.projector.projection(projection), key, moment)
  }

  /**
   * Resolves when the projection holds a commit, and its views in this tab have been told so.
   *
   * @throws LarderError `projection-unknown`, `projection-faulted`, `commit-unknown`, `commit-rejected`; what `signal` is aborted with
   */
  async whenProcessed(projection: string, commitId: string, signal: AbortSignal): Promise<void> {
    const { projector, views } = this.#options
    projector.projection(projection)
    for (;;) {
      // Listens before it looks.
      const moved = this.#nextMove(projection, signal)
      try {
        const { id, found } = await this.#find(commitId)
        const states = await projector.ready(projection)
        signal.throwIfAborted()
        const fault = states.stoppedAt('all')
        if (fault !== undefined) throw faultError(projection, fault)
        if (holds(states, found, id)) {
          views.flush(projection)
          return
        }
        await moved.happened
      } finally {
        moved.stop()
      }
    }
  }

  /** The commit, or what is in its place by now. */
  async #find(commitId: string): Promise<FoundLine> {
    const line = await findLine((id) => this.#options.store.find(id), commitId)
    if (line !== undefined) {
      assertKept(line)
      return line
    }
    throw new LarderError('commit-unknown', `No commit ${commitId} was ever stored here: check the id`, {
      details: { id: commitId },
    })
  }

  #nextMove(projection: string, signal: AbortSignal): { readonly happened: Promise<void>; stop(): void } {
    const ends: (() => void)[] = []
    const happened = new Promise<void>((resolve) => {
      const onAbort = () => resolve()
      signal.addEventListener('abort', onAbort, { once: true })
      ends.push(
        this.#options.store.subscribe(() => resolve()),
        this.#options.projector.onTouched((touched) => {
          if (touched === projection) resolve()
        }),
        () => signal.removeEventListener('abort', onAbort),
      )
    })
    return {
      happened,
      stop: () => {
        for (const end of ends) end()
      },
    }
  }
}

function assertKept({ id, found: { where } }: FoundLine): void {
  if (where === 'confirmed' || where === 'pending') return
  throw new LarderError('commit-rejected', `Commit ${id} is ${where}, so that no projection will hold it`, {
    details: { id, where },
  })
}

function holds(states: ProjectionStates, { where, position }: FoundCommit, id: string): boolean {
  if (where === 'pending') return states.holdsPending(id)
  // A commit whose segment is damaged is nowhere: it was passed over.
  return position === undefined || states.position >= position
}
