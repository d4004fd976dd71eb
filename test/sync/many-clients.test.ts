import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../src/sync/backoff.ts'
import { advanceSync, initialSyncState, nextStep, type SyncInput, type SyncState } from '../../src/sync/sync-state.ts'
import { Prng } from '../../src/testing/chance/prng.ts'

const CLIENTS = 10_000
const SECOND = 1000
/** Each client looks so often while nothing happens; see `sync-engine.ts`. */
const POLL_MS = 60 * SECOND
const DOWN_MS = 5 * 60 * SECOND
/** How long a request takes. */
const TRIP_MS = 100
const problem = { code: 'status-503', message: 'Not now' }

/** What is to happen, by the second in which it does, and within it in order. */
class Agenda {
  readonly #seconds = new Map<number, { readonly at: number; readonly run: (now: number) => void }[]>()

  at(time: number, run: (now: number) => void): void {
    const second = Math.floor(time / SECOND)
    const there = this.#seconds.get(second)
    if (there === undefined) this.#seconds.set(second, [{ at: time, run }])
    else there.push({ at: time, run })
  }

  runUntil(end: number): void {
    for (let second = 0; second * SECOND < end; second++) {
      const due = this.#seconds.get(second)
      // What is added to this second meanwhile runs in it, too.
      for (let next = 0; due !== undefined && next < due.length; next++) due[next]?.run(due[next]?.at ?? 0)
      this.#seconds.delete(second)
    }
  }
}

/** A client: the production state machine, driven as `SyncEngine` drives it, and a live stream as `listenLive` holds it. */
class Client {
  state: SyncState = initialSyncState({ attempt: 0, failedAt: 0, nextAttemptAt: 0, lastSuccessAt: undefined })
  #timer = 0
  #streamFailures = 0
  readonly #agenda: Agenda
  readonly #ask: (now: number, client: Client) => SyncInput

  constructor(agenda: Agenda, ask: (now: number, client: Client) => SyncInput) {
    this.#agenda = agenda
    this.#ask = ask
  }

  /** @param open asks the server for a stream; answers whether it is there */
  listen(now: number, random: Prng, open: (now: number) => boolean): void {
    if (open(now)) {
      this.#streamFailures = 0
      this.input({ type: 'reachable' }, now)
      return
    }
    this.#streamFailures++
    this.#agenda.at(now + backoffMs(this.#streamFailures, random.next()), (time) => this.listen(time, random, open))
  }

  input(input: SyncInput, now: number): void {
    this.state = advanceSync(this.state, input)
    const timer = ++this.#timer
    const step = nextStep(this.state, now)
    const later = (at: number, next: (time: number) => void): void =>
      this.#agenda.at(at, (time) => {
        if (this.#timer === timer) next(time)
      })
    if (step.do === 'exchange') {
      this.state = advanceSync(this.state, { type: 'started' })
      const answer = this.#ask(now, this)
      this.#agenda.at(now + TRIP_MS, (time) => this.input(answer, time))
    } else if (step.do === 'wait') later(step.until, (time) => this.input({ type: 'reachable' }, time))
    else if (!this.state.inFlight) later(now + POLL_MS, (time) => this.input({ type: 'trigger' }, time))
  }
}

describe('C56: ten thousand clients of a server that was down for five minutes', () => {
  it('come back spread over time, at no more than twice the steady rate, and all of them', ({ annotate }) => {
    const random = new Prng(7)
    const agenda = new Agenda()
    const perSecond: number[] = []
    const downFrom = 10 * 60 * SECOND
    const upFrom = downFrom + DOWN_MS
    const drainedAt = new Map<Client, number>()
    const isDown = (now: number): boolean => {
      const second = Math.floor(now / SECOND)
      perSecond[second] = (perSecond[second] ?? 0) + 1
      return now >= downFrom && now < upFrom
    }
    const ask = (now: number, client: Client): SyncInput => {
      if (isDown(now)) {
        const failure = { kind: 'later', problem, retryAfterMs: 0, random: random.next() } as const
        return { type: 'failed', now: now + TRIP_MS, ...failure }
      }
      if (now >= upFrom && !drainedAt.has(client)) drainedAt.set(client, now)
      return { type: 'succeeded', now: now + TRIP_MS, more: false }
    }
    for (let n = 0; n < CLIENTS; n++) {
      const client = new Client(agenda, ask)
      agenda.at(random.next() * POLL_MS, (now) => client.input({ type: 'trigger' }, now))
      // Every stream breaks at once.
      agenda.at(downFrom, (now) => client.listen(now, random, (time) => !isDown(time)))
    }
    agenda.runUntil(upFrom + 20 * 60 * SECOND)

    const steady = CLIENTS / (POLL_MS / SECOND)
    const peak = (from: number, to: number): number => Math.max(...perSecond.slice(from / SECOND, to / SECOND))
    const before = peak(2 * 60 * SECOND, downFrom)
    const after = peak(upFrom, upFrom + 20 * 60 * SECOND)
    expect(before).toBeLessThanOrEqual(1.5 * steady)
    expect(after).toBeLessThanOrEqual(2 * steady)
    expect(drainedAt.size).toBe(CLIENTS)
    const drainMs = Math.max(...drainedAt.values()) - upFrom
    // Exchanges and streams together. Nobody waits longer than the longest backoff.
    expect(drainMs).toBeLessThanOrEqual(5 * 60 * SECOND + POLL_MS)
    return annotate(
      `steady ${Math.round(steady)}/s, before ${before}/s, after ${after}/s, drained in ${drainMs / SECOND} s`,
    )
  })
})
