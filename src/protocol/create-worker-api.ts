import { commitFates } from '../engine/commit-fates.ts'
import type { Engine, EngineTopic } from '../engine/engine.ts'
import type { FeedBatch, FeedRequest } from '../engine/read-feed.ts'
import type { ViewUpdate } from '../engine/view-hub.ts'
import { LarderError } from '../errors.ts'
import type { Clock, Locks } from '../platform/ports.ts'
import { findLine } from '../store/find-line.ts'
import type { Auth } from '../sync/token-source.ts'
import { commitsOf } from './append-batch.ts'
import { PageHandlers } from './page-handlers.ts'
import { PageLocks } from './page-locks.ts'
import { fromWireError, toEnvelope } from './wire-error.ts'
import {
  type CommitPlace,
  type Notification,
  type OpenRequest,
  type Subscription,
  type Told,
  WORKER_PROTOCOL,
  type WorkerApi,
} from './worker-api.ts'

export interface WorkerApiOptions {
  readonly domainVersion: string
  readonly clock: Clock
  /** Opens the engine for a page. `auth` asks that page for a token, and `locks` has it hold locks. */
  readonly openEngine: (request: OpenRequest, auth: Auth | undefined, locks: Locks) => Promise<Engine>
  readonly notify: (notification: Notification) => void
}

/** Status topics are told at most once per this: a burst of appends is one change to a person. */
const TELL_EVERY_MS = 16

/**
 * The engine as a page may call it: a frozen object of frozen functions, all without a prototype, so that no path through it leads anywhere but to these.
 */
export function createWorkerApi(options: WorkerApiOptions): WorkerApi {
  const session = new Session(options)
  const api: WorkerApi = {
    open: (request) => toEnvelope(() => session.open(request)),
    ping: () => toEnvelope(() => undefined),
    append: (commit, lookUp) => toEnvelope(() => session.engine.append(commit, { lookUp })),
    appendBatch: (batch) =>
      toEnvelope(() =>
        Promise.all(
          commitsOf(batch).map(({ commit, lookUp }) => toEnvelope(() => session.engine.append(commit, { lookUp }))),
        ),
      ),
    execute: (request) => toEnvelope(() => session.engine.aggregates.execute(request)),
    loadAggregate: (aggregate, id) => toEnvelope(() => session.engine.aggregates.load(aggregate, id)),
    get: (projection, key, layer) => toEnvelope(() => session.engine.get(projection, key, layer)),
    stateAt: (projection, key, moment) => toEnvelope(() => session.engine.projections.stateAt(projection, key, moment)),
    rebuild: (projection) => toEnvelope(() => session.engine.projections.rebuild(projection)),
    events: (request) => toEnvelope(() => session.engine.events(request)),
    nextOfFeed: (id, request, waitMs) => toEnvelope(() => session.nextOfFeed(id, request, waitMs)),
    stopFeed: (id) => toEnvelope(() => session.stopFeed(id)),
    fateOf: (id) => toEnvelope(() => fateOf(session.engine, id)),
    subscribe: (id, subscription) => toEnvelope(() => session.subscribe(id, subscription)),
    unsubscribe: (id) => toEnvelope(() => session.unsubscribe(id)),
    retryDeadLetter: (id) => toEnvelope(() => session.engine.deadLetters.retry(id)),
    amendDeadLetter: (id, commit) => toEnvelope(() => session.engine.deadLetters.amend(id, commit)),
    discardDeadLetter: (id, reason) => toEnvelope(() => session.engine.deadLetters.discard(id, reason)),
    retryReadyDeadLetters: () => toEnvelope(() => session.engine.deadLetters.retryReady()),
    findDeadLetter: (id) => toEnvelope(() => session.engine.deadLetters.find(id)),
    streamOfDeadLetter: (id) => toEnvelope(() => session.engine.deadLetters.streamOf(id)),
    settleDeadLetter: (id, outcome) => toEnvelope(() => session.engine.deadLetters.settle(id, outcome)),
    exportDeadLetters: (place) => toEnvelope(() => session.engine.deadLetters.export(place)),
    verify: () => toEnvelope(() => session.engine.maintenance.verify()),
    compact: () => toEnvelope(() => session.engine.maintenance.compactAll()),
    metrics: () => toEnvelope(() => session.engine.metrics.report()),
    supportBundle: () => toEnvelope(() => session.engine.health.support()),
    syncNow: () => toEnvelope(() => session.engine.sync.now()),
    syncPause: () => toEnvelope(() => session.engine.sync.pause()),
    syncResume: () => toEnvelope(() => session.engine.sync.resume()),
    readBackup: (id, part, scope) => toEnvelope(() => session.engine.backup.read(id, part, scope)),
    endBackup: (id) => toEnvelope(() => session.engine.backup.end(id)),
    importBackup: (lines) => toEnvelope(() => session.engine.backup.import(lines)),
    unsynced: () => toEnvelope(() => session.engine.accounts.unsynced()),
    claim: (account) => toEnvelope(() => session.engine.accounts.claim(account)),
    destroy: (mayLose) => toEnvelope(() => session.engine.accounts.destroy(mayLose)),
    answerAuth: (id, answer) => toEnvelope(() => session.answerAuth(id, answer)),
    answerLock: (id, is) => toEnvelope(() => session.locks.answer(id, is)),
    registerHandler: (id, spec) =>
      toEnvelope(() => session.engine.handlers.register(id, spec, session.handlers.runOf(id))),
    unregisterHandler: (id) => toEnvelope(() => session.engine.handlers.unregister(id)),
    answerHandler: (run, outcome) => toEnvelope(() => session.handlers.answer(run, outcome)),
    lifecycle: (event) => toEnvelope(() => session.lifecycle(event)),
    close: () => toEnvelope(() => session.close()),
  }
  for (const call of Object.values(api)) closeOff(call)
  return Object.freeze(Object.assign(Object.create(null) as WorkerApi, api))
}

/** A function has what all functions have, and through that a message could change every one of this worker. What it is called by is its own. */
function closeOff(call: (...args: never[]) => unknown): void {
  const apply = (_: unknown, args: never[]) => call(...args)
  Object.setPrototypeOf(call, null)
  Object.defineProperty(call, 'apply', { value: Object.freeze(Object.setPrototypeOf(apply, null)) })
  Object.freeze(call)
}

type Topic = Exclude<Subscription['to'], 'view' | 'processed' | 'progress'>

class Session {
  readonly locks: PageLocks
  readonly handlers: PageHandlers
  readonly #options: WorkerApiOptions
  readonly #topics = new Map<number, Topic>()
  /** What ends the subscriptions that are no topics. */
  readonly #ends = new Map<number, () => void>()
  readonly #questions = new Map<
    number,
    { resolve: (token: string | undefined) => void; reject: (error: unknown) => void }
  >()
  readonly #feeds = new Map<number, AbortController>()
  readonly #due = new Set<EngineTopic>()
  #engine: Engine | undefined
  #opening = false
  #question = 0
  #cancelTelling: (() => void) | undefined

  constructor(options: WorkerApiOptions) {
    this.#options = options
    this.locks = new PageLocks(options.notify)
    this.handlers = new PageHandlers(options.notify)
  }

  get engine(): Engine {
    if (this.#engine === undefined)
      throw new LarderError('closed', 'This Larder is not open: call openLarder and wait for it', {})
    return this.#engine
  }

  async open(request: OpenRequest) {
    const { domainVersion, openEngine } = this.#options
    if (request.protocol !== WORKER_PROTOCOL || request.domainVersion !== domainVersion)
      throw mismatch(request, domainVersion)
    if (this.#opening)
      throw new LarderError('argument', 'This worker is open already: give every openLarder call a worker of its own', {
        details: { argument: 'worker' },
      })
    this.#opening = true
    this.#engine = await openEngine(request, request.hasAuth ? () => this.#askForToken() : undefined, this.locks)
    this.#engine.onTopic((topic) => this.#markDue(topic))
    this.#engine.onChange((change) => this.#tell('changes', change))
    return { protocol: WORKER_PROTOCOL, device: this.#engine.known.meta.device, mode: this.#engine.storageMode }
  }

  subscribe(id: number, subscription: Subscription): void {
    if (subscription.to === 'view') {
      this.engine.views.subscribe(id, subscription.view, (update) => this.#tellView(id, update))
      return
    }
    if (subscription.to === 'progress') {
      const tell = (payload: Told['progress']) => this.#options.notify({ kind: 'told', id, payload })
      this.#ends.set(id, this.engine.projections.watchProgress(subscription.projection, tell))
      return
    }
    if (subscription.to === 'processed') {
      this.#tellProcessed(id, subscription.projection, subscription.commit)
      return
    }
    this.#topics.set(id, subscription.to)
    if (subscription.to !== 'changes')
      this.#options.notify({ kind: 'told', id, payload: this.#payload(subscription.to) })
  }

  unsubscribe(id: number): void {
    this.#topics.delete(id)
    this.#ends.get(id)?.()
    this.#ends.delete(id)
    this.#engine?.views.unsubscribe(id)
  }

  async nextOfFeed(id: number, request: FeedRequest, waitMs: number): Promise<FeedBatch> {
    const stop = new AbortController()
    this.#feeds.set(id, stop)
    try {
      return await this.engine.feed(request, waitMs, stop.signal)
    } finally {
      this.#feeds.delete(id)
    }
  }

  stopFeed(id: number): void {
    this.#feeds.get(id)?.abort()
  }

  lifecycle(event: Parameters<WorkerApi['lifecycle']>[0]): void {
    const { engine } = this
    // Whatever freezes the page freezes its worker too: what it holds then, no other tab can have.
    if (event === 'freeze' || event === 'pagehide') {
      engine.sync.rest()
      engine.handlers.rest()
    }
    if (event === 'freeze' || event === 'pagehide' || event === 'hidden') return
    engine.sync.wake()
    engine.handlers.wake()
    void engine.refresh().catch(() => undefined)
    engine.sync.hurry()
  }

  answerAuth(id: number, answer: Parameters<WorkerApi['answerAuth']>[1]): void {
    const question = this.#questions.get(id)
    this.#questions.delete(id)
    if ('token' in answer) question?.resolve(answer.token)
    else question?.reject(fromWireError(answer.error))
  }

  async close(): Promise<void> {
    for (const stop of this.#feeds.values()) stop.abort()
    const engine = this.#engine
    this.#engine = undefined
    await engine?.close()
    // Only now: what was still stored while it closed has been told to this session too.
    this.#cancelTelling?.()
    for (const end of this.#ends.values()) end()
    this.#ends.clear()
    this.#topics.clear()
  }

  #askForToken(): Promise<string | undefined> {
    const id = ++this.#question
    return new Promise((resolve, reject) => {
      this.#questions.set(id, { resolve, reject })
      this.#options.notify({ kind: 'auth', id })
    })
  }

  #markDue(topic: EngineTopic): void {
    this.#due.add(topic)
    this.#cancelTelling ??= this.#options.clock.after(TELL_EVERY_MS, () => {
      this.#cancelTelling = undefined
      const due = [...this.#due]
      this.#due.clear()
      if (this.#engine !== undefined) for (const each of due) this.#tell(each)
    })
  }

  #tellProcessed(id: number, projection: string, commit: string): void {
    const stop = new AbortController()
    this.#ends.set(id, () => stop.abort())
    void toEnvelope(() => this.engine.projections.whenProcessed(projection, commit, stop.signal)).then((payload) => {
      if (!stop.signal.aborted) this.#options.notify({ kind: 'told', id, payload })
    })
  }

  /** A state that no thread boundary lets through is the projection's fault, and nobody else's. */
  #tellView(id: number, payload: ViewUpdate): void {
    try {
      this.#options.notify({ kind: 'told', id, payload })
    } catch {
      const message = 'its state cannot be sent to the page: build it of plain data, without functions'
      const fault = { code: 'projection-faulted' as const, message, eventId: '' }
      const { phase, progress } = payload
      this.#options.notify({
        kind: 'told',
        id,
        payload: { isFirst: false, states: [], gone: [], fault, phase, progress },
      })
    }
  }

  #tell(topic: Topic, payload?: Told['changes']): void {
    for (const [id, to] of this.#topics) {
      if (to === topic) this.#options.notify({ kind: 'told', id, payload: payload ?? this.#payload(topic) })
    }
  }

  #payload(topic: Topic): Told[keyof Told] {
    const { engine } = this
    switch (topic) {
      case 'commits':
        return commitFates(engine.known)
      case 'dead-letters':
        return engine.deadLetters.list()
      case 'sync':
        return engine.sync.status()
      default:
        return engine.health.describe()
    }
  }
}

/** Of the commit, or of what is in its place by now. */
async function fateOf(engine: Engine, commitId: string): Promise<CommitPlace> {
  const line = await findLine((id) => engine.find(id), commitId)
  return { id: line?.id ?? commitId, where: line?.found.where ?? 'unknown' }
}

function mismatch(request: OpenRequest, domainVersion: string): LarderError<'worker-mismatch'> {
  return new LarderError(
    'worker-mismatch',
    'Page and worker are of different builds: reload the page so that both come from the same one',
    {
      details: { page: `${request.protocol}/${request.domainVersion}`, worker: `${WORKER_PROTOCOL}/${domainVersion}` },
    },
  )
}
