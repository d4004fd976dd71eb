import { BehaviorSubject, defer, finalize, type Observable, Subject } from 'rxjs'
import type { DeadLetter } from '../../src/dead-letter/dead-letter.ts'
import { createEventBus } from '../../src/domain.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import type { ViewState } from '../../src/reactive/larder-views.ts'
import type { CommitFate } from '../../src/store/commit-fate.ts'
import type { SyncStatus } from '../../src/sync/sync-status.ts'

const unused = (): never => {
  throw new Error('The hooks must not need this')
}

/** One source per name, made when it is first asked for, counting who listens and who ever did. */
class Sources {
  readonly listening = new Map<string, number>()
  readonly subscribed = new Map<string, number>()
  readonly #subjects = new Map<string, Subject<unknown>>()

  subject(name: string): Subject<unknown> {
    const subject = this.#subjects.get(name) ?? new Subject()
    this.#subjects.set(name, subject)
    return subject
  }

  observe<T>(name: string, source: Observable<T>): Observable<T> {
    return defer(() => {
      this.#count(this.listening, name, 1)
      this.#count(this.subscribed, name, 1)
      return source
    }).pipe(finalize(() => this.#count(this.listening, name, -1)))
  }

  #count(counts: Map<string, number>, name: string, by: number): void {
    counts.set(name, (counts.get(name) ?? 0) + by)
  }
}

export const quiet: SyncStatus = {
  state: 'idle',
  pending: 0,
  oldestPending: undefined,
  lastSuccess: undefined,
  nextAttempt: undefined,
  needsAttention: 0,
  problem: undefined,
  leader: true,
}

/**
 * The part of a store that the hooks read, driven by hand. A view's name is `projection/key/layer`; what `Larder` emits is what the test
 * says, so that loading, changes and ends happen exactly when the test wants them.
 */
export function stubLarder() {
  const sources = new Sources()
  const status = new BehaviorSubject<SyncStatus>(quiet)
  const commits = new Subject<ReadonlyMap<string, CommitFate>>()
  const letters = new Subject<readonly DeadLetter[]>()
  const nameOf = (name: string, keyOrOptions: unknown, options: unknown) => {
    const key = typeof keyOrOptions === 'string' ? keyOrOptions : ''
    const given = typeof keyOrOptions === 'object' ? keyOrOptions : options
    const layer = typeof given === 'object' && given !== null && 'layer' in given ? String(given.layer) : 'all'
    return `${name}/${key}/${layer}`
  }
  const view = (projection: { name: string }, keyOrOptions?: unknown, options?: unknown) => {
    const name = nameOf(projection.name, keyOrOptions, options)
    // What a test sends under a view's name is of that view's type: the test wrote both.
    return sources.observe(name, sources.subject(name)) as Observable<never>
  }
  const larder: Larder = {
    view,
    viewState: view as (...args: Parameters<typeof view>) => Observable<ViewState<never>>,
    commits$: sources.observe('commits', commits),
    sync: { status$: sources.observe('status', status), now: unused, pause: unused, resume: unused },
    bus: createEventBus(),
    handle: unused,
    deadLetters: {
      list$: sources.observe('letters', letters),
      list: unused,
      stats: unused,
      retry: unused,
      retryReady: unused,
      attempt: unused,
      amend: unused,
      discard: unused,
      export: unused,
    },
    backup: { export: unused, import: unused, check: unused },
    claim: unused,
    signOut: unused,
    destroy: unused,
    get changes$() {
      return unused()
    },
    get health$() {
      return unused()
    },
    append: unused,
    appendAll: unused,
    execute: unused,
    load: unused,
    edit: unused,
    save: unused,
    viewRange: (projection, { from, to }) => {
      const name = `${projection.name}/${from}–${to}`
      return sources.observe(name, sources.subject(name)) as Observable<never>
    },
    get: unused,
    stateAt: unused,
    whenProcessed: unused,
    rebuild: unused,
    events: unused,
    events$: unused,
    commit: unused,
    persist: unused,
    metrics: unused,
    supportBundle: unused,
    verify: unused,
    compact: unused,
    close: unused,
  }
  return { larder, sources, status, commits, letters }
}
