import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../src/sync/backoff.ts'
import {
  advanceSync,
  followClock,
  initialSyncState,
  nextStep,
  type SyncInput,
  type SyncState,
} from '../../src/sync/sync-state.ts'

const FRESH = { attempt: 0, failedAt: 0, nextAttemptAt: 0, lastSuccessAt: undefined }
const problem = { code: 'x', message: 'A sentence' }

type Move =
  | { readonly type: 'trigger' | 'hurry' | 'asked' | 'reachable' | 'resume' | 'told' }
  /** How the exchange in flight ends, if there is one. */
  | {
      readonly type: 'end'
      readonly how: 'succeeded' | 'more' | 'failed' | 'discarded' | 'forbidden'
      readonly random: number
      readonly retryAfterMs: number
    }
  | { readonly type: 'time'; readonly ms: number }

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ type: fc.constantFrom('trigger', 'hurry', 'asked', 'reachable', 'resume', 'told') }),
  fc.record({
    type: fc.constant('end'),
    how: fc.constantFrom('succeeded', 'more', 'failed', 'discarded', 'forbidden'),
    random: fc.double({ min: 0, max: 0.999, noNaN: true }),
    retryAfterMs: fc.oneof(fc.constant(0), fc.nat(20_000)),
  }),
  fc.record({
    type: fc.constant('time'),
    ms: fc.oneof(fc.nat(2000), fc.nat(400_000), fc.integer({ min: -1e7, max: -1 })),
  }),
)

function inputOf(move: Move, now: number): SyncInput | undefined {
  if (move.type === 'time') return undefined
  if (move.type === 'told') return { type: 'pause', reason: 'told', problem: undefined }
  if (move.type !== 'end') return { type: move.type }
  switch (move.how) {
    case 'succeeded':
    case 'more':
      return { type: 'succeeded', now, more: move.how === 'more' }
    case 'failed':
      return { type: 'failed', kind: 'later', problem, now, random: move.random, retryAfterMs: move.retryAfterMs }
    case 'discarded':
      return { type: 'discarded' }
    case 'forbidden':
      return { type: 'pause', reason: 'forbidden', problem }
  }
}

/** A driver that does at once what it is told, with one exchange as the only thing that takes time. */
class Driver {
  state: SyncState = initialSyncState(FRESH)
  now = 1_000_000_000
  flying = 0
  started = 0
  /** Wanted since the last exchange began. */
  wanted = true
  urgent = false
  paused = false
  /** While the exchange was in flight. */
  resumed = false
  hurried = false
  notBefore = 0
  askedUntil = 0

  play(moves: readonly Move[]): void {
    this.step()
    for (const each of moves) {
      if (each.type === 'end' && this.flying === 0) continue
      if (each.type === 'time') this.now += each.ms
      const input = inputOf(each, this.now)
      if (each.type === 'end') this.flying--
      if (input !== undefined) this.state = advanceSync(this.state, input)
      this.#note(each)
      this.step()
    }
  }

  step(): void {
    const before = this.state
    this.state = followClock(this.state, this.now)
    if (this.state !== before) {
      this.notBefore = this.state.notBefore
      this.askedUntil = this.state.askedUntil
    }
    const step = nextStep(this.state, this.now)
    if (step.do !== 'exchange') return
    // 2: never while the server asked to be left alone, unless somebody asked.
    expect(this.urgent || this.now >= this.askedUntil).toBe(true)
    // 2, 3: not while paused, and not before its time unless somebody asked.
    expect(this.paused).toBe(false)
    expect(this.urgent || this.now >= this.notBefore).toBe(true)
    this.state = advanceSync(this.state, { type: 'started' })
    this.flying++
    this.started++
    this.wanted = false
    this.urgent = false
    this.resumed = false
    this.hurried = false
    // 1: never two.
    expect(this.flying).toBe(1)
    expect(nextStep(this.state, this.now)).toEqual({ do: 'nothing' })
  }

  #note(each: Move): void {
    if (['trigger', 'hurry', 'asked', 'resume'].includes(each.type)) this.wanted = true
    if (each.type === 'asked' || each.type === 'resume') this.urgent = true
    if (each.type === 'hurry' && this.flying > 0) this.hurried = true
    else if (each.type === 'reachable' || each.type === 'hurry') this.notBefore = this.askedUntil
    if (each.type === 'resume') this.paused = false
    if (each.type === 'resume') this.resumed = this.flying > 0
    if (each.type === 'told') this.paused = true
    if (each.type === 'told') this.resumed = false
    if (each.type === 'told') this.wanted = true
    if (each.type !== 'end') return
    if (each.how !== 'succeeded') this.wanted = true
    // 5: a resume meanwhile counts more.
    if (each.how === 'forbidden' && this.resumed) this.urgent = true
    else if (each.how === 'forbidden') this.paused = true
    if (each.how === 'succeeded' || each.how === 'more') {
      this.notBefore = 0
      this.askedUntil = 0
    }
    if (each.how === 'failed') {
      this.askedUntil = this.now + each.retryAfterMs
      this.notBefore = this.hurried ? this.askedUntil : this.state.notBefore
    }
  }
}

describe('when to exchange', () => {
  it('keeps its promises in every order of events', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const driver = new Driver()
        driver.play(moves)
        // 4: whatever is wanted is done once nothing stands in its way.
        if (driver.flying > 0) driver.play([{ type: 'end', how: 'succeeded', random: 0, retryAfterMs: 0 }])
        const { started } = driver
        const isOpen = driver.wanted || driver.flying > 0
        driver.play([{ type: 'resume' }])
        expect(driver.started - started + driver.flying).toBeGreaterThan(0)
        expect(isOpen || driver.flying === 1).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('does not lose a trigger that comes while an exchange is in flight', () => {
    let state = advanceSync(initialSyncState(FRESH), { type: 'started' })
    state = advanceSync(state, { type: 'trigger' })
    state = advanceSync(state, { type: 'succeeded', now: 1, more: false })
    expect(nextStep(state, 1)).toEqual({ do: 'exchange' })
  })

  it('rests when all is done', () => {
    let state = advanceSync(initialSyncState(FRESH), { type: 'started' })
    state = advanceSync(state, { type: 'succeeded', now: 1, more: false })
    expect(nextStep(state, 1)).toEqual({ do: 'nothing' })
    expect(state).toMatchObject({ attempt: 0, notBefore: 0, problem: undefined, lastSuccessAt: 1 })
  })

  it('waits longer after each failure, and begins anew only after a success', () => {
    let state = initialSyncState(FRESH)
    const fail = (): SyncState => {
      state = advanceSync(state, { type: 'started' })
      return advanceSync(state, { type: 'failed', kind: 'offline', problem, now: 0, random: 0.5, retryAfterMs: 0 })
    }
    for (let attempt = 1; attempt < 15; attempt++) {
      state = fail()
      expect(state).toMatchObject({ attempt, notBefore: backoffMs(attempt, 0.5), problem: { kind: 'offline' } })
      expect(nextStep(state, 0)).toEqual({ do: 'wait', until: state.notBefore })
      state = advanceSync(state, { type: attempt % 2 === 0 ? 'trigger' : 'hurry' })
      expect(state.attempt).toBe(attempt)
    }
    state = advanceSync(advanceSync(state, { type: 'started' }), { type: 'succeeded', now: 0, more: false })
    expect(fail().attempt).toBe(1)
  })

  it('waits no longer when the server is heard of, but for as long as it asked for', () => {
    let state = advanceSync(initialSyncState(FRESH), { type: 'started' })
    expect(advanceSync(state, { type: 'reachable' })).toBe(state)
    state = advanceSync(state, {
      ...{ type: 'failed', kind: 'later', problem, now: 1000, random: 0.9, retryAfterMs: 500 },
    })
    expect(nextStep(state, 1000)).toEqual({ do: 'wait', until: 2800 })
    expect(nextStep(advanceSync(state, { type: 'reachable' }), 1000)).toEqual({ do: 'wait', until: 1500 })
  })

  it('waits no longer when the network or the page comes back, but for as long as the server asked for; a person need not', () => {
    let state = advanceSync(initialSyncState(FRESH), { type: 'started' })
    state = advanceSync(state, {
      ...{ type: 'failed', kind: 'later', problem, now: 1000, random: 0.9, retryAfterMs: 500 },
    })
    expect(nextStep(advanceSync(state, { type: 'hurry' }), 1000)).toEqual({ do: 'wait', until: 1500 })
    expect(nextStep(advanceSync(state, { type: 'hurry' }), 1500)).toEqual({ do: 'exchange' })
    const inFlight = advanceSync(advanceSync(state, { type: 'started' }), { type: 'hurry' })
    const failed = { type: 'failed', kind: 'later', problem, now: 2000, random: 0.9 } as const
    expect(nextStep(advanceSync(inFlight, { ...failed, retryAfterMs: 0 }), 2000)).toEqual({ do: 'exchange' })
    expect(nextStep(advanceSync(inFlight, { ...failed, retryAfterMs: 50 }), 2000)).toEqual({ do: 'wait', until: 2050 })
    expect(nextStep(advanceSync(state, { type: 'asked' }), 1000)).toEqual({ do: 'exchange' })
    const stored = { attempt: 1, failedAt: 1000, nextAttemptAt: 2800, askedUntil: 1500, lastSuccessAt: undefined }
    expect(nextStep(advanceSync(initialSyncState(stored), { type: 'hurry' }), 1000)).toEqual({
      do: 'wait',
      until: 1500,
    })
  })

  it('goes on after a reload with the wait that was stored', () => {
    const state = initialSyncState({ attempt: 4, failedAt: 4000, nextAttemptAt: 5000, lastSuccessAt: 1 })
    expect(nextStep(state, 4999)).toEqual({ do: 'wait', until: 5000 })
    expect(nextStep(state, 5000)).toEqual({ do: 'exchange' })
  })

  it('does not wait for years when the clock was set back', () => {
    const state = initialSyncState({ attempt: 4, failedAt: 1e12, nextAttemptAt: 1e12 + 8000, lastSuccessAt: 1 })
    expect(nextStep(followClock(state, 1e9), 1e9)).toEqual({ do: 'wait', until: 1e9 + 8000 })
  })
})

it('C55: the backoff begins anew only after a success, whatever else happens in between', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      let state = initialSyncState(FRESH)
      let now = 1e12
      for (const each of moves) {
        const { attempt } = state
        if (each.type === 'time') {
          now += each.ms
          state = followClock(state, now)
          expect(state.attempt).toBe(attempt)
          continue
        }
        const input = inputOf(each, now)
        if (input === undefined) continue
        state = advanceSync(state, input)
        const expected = input.type === 'succeeded' ? 0 : input.type === 'failed' ? attempt + 1 : attempt
        expect([input.type, state.attempt]).toEqual([input.type, expected])
      }
    }),
  )
})
