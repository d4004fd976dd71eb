import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isLarderError } from '../../src/errors.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { Device, watch } from '../support/device.ts'
import { journal, noted } from '../support/notes.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { SyncServer } from '../support/sync-server.ts'
import { thorough } from '../support/thorough.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const unhandled: unknown[] = []
const note = (error: unknown): void => void unhandled.push(error)
beforeAll(() => void process.on('unhandledRejection', note))
afterAll(() => void process.off('unhandledRejection', note))

/** Longest that a close may take, in virtual ms: no request and no question to the app is waited for. */
const BOUND_MS = 1000

/** Counts the points at which something is awaited, and does something at one of them. */
class Points {
  passed = 0
  readonly #at: number
  readonly #act: () => void

  constructor(at: number, act: () => void) {
    this.#at = at
    this.#act = act
  }

  pass(): void {
    if (++this.passed === this.#at) this.#act()
  }
}

const watchedStorage =
  (points: Points) =>
  (backend: StorageBackend): StorageBackend => ({
    mode: backend.mode,
    close: () => backend.close(),
    transact: async (mode, tables, work) => {
      points.pass()
      try {
        return await backend.transact(mode, tables, async (tx) => {
          points.pass()
          return work(tx)
        })
      } finally {
        points.pass()
      }
    },
  })

interface Outcome {
  readonly reached: boolean
  readonly acknowledged: readonly string[]
  readonly texts: readonly string[]
}

/** A life of a tab, closed at the `at`-th point; `hangs`: from then on no request is answered. */
async function closeAt(at: number, hangs: boolean): Promise<Outcome> {
  const clock = new VirtualClock()
  const server = new SyncServer()
  const device = new Device(1, clock)
  let larder: Larder | undefined
  let closing: Promise<void> | undefined
  let isHanging = false
  const points = new Points(at, () => {
    isHanging = hangs
    closing = larder?.close()
  })
  server.rules = [ruleAgainst('bad', { code: 'no', message: 'No' })]
  server.instead = async () => {
    points.pass()
    if (isHanging) await new Promise(() => undefined)
    await Promise.resolve()
    points.pass()
    return undefined
  }
  const auth = async (): Promise<string> => {
    points.pass()
    if (isHanging) await new Promise(() => undefined)
    return 'token'
  }
  const acknowledged: string[] = []
  /** Whatever it is, it ends: well, or since it is closed. */
  const attempt = async (work: () => Promise<unknown>): Promise<boolean> =>
    work().then(
      () => true,
      (error: unknown) => {
        if (!isLarderError(error, 'closed')) throw error
        return false
      },
    )
  const append = async (text: string): Promise<void> => {
    if (await attempt(async () => larder?.append(noted(text)))) acknowledged.push(text)
  }

  larder = await device.openTab({ server, auth, wrap: watchedStorage(points) })
  const opened = larder
  const seen = [watch(opened.view(journal)), watch(opened.sync.status$), watch(opened.health$)]
  await append('a')
  await Promise.all([append('b'), append('bad'), append('c')])
  await clock.advance(100)
  await attempt(() => opened.get(journal))
  await attempt(() => opened.sync.pause())
  await append('d')
  await attempt(() => opened.sync.resume())
  await clock.advance(100)
  const letters = await opened.deadLetters.list().catch(() => [])
  for (const { id } of letters) await attempt(() => opened.deadLetters.retry(id))
  const feed = watch(opened.events$())
  await append('e')
  await clock.advance(100)

  const reached = closing !== undefined
  let isClosed = false
  void (closing ?? opened.close()).then(() => {
    isClosed = true
  })
  await clock.advance(BOUND_MS)
  expect([at, isClosed, clock.waiting]).toEqual([at, true, 0])
  expect([...seen, feed].map(({ ended }) => ended())).toEqual(Array(4).fill('complete'))
  await expect(opened.append(noted('late'))).rejects.toMatchObject({ code: 'closed' })

  server.instead = undefined
  const again = await device.openTab({ server, auth: async () => 'token' })
  // It may have been closed while it was paused.
  await again.sync.resume()
  await clock.advance(600_000)
  const kept = (await again.deadLetters.list()).flatMap(({ events }) =>
    events.map(({ data }) => (data as { text: string }).text),
  )
  const known = [...(await again.get(journal)), ...kept].sort()
  const report = await again.verify()
  expect([at, report.damaged, device.machine.errors]).toEqual([at, [], []])
  await again.close()
  const onServer = await server.texts()
  expect([...onServer, ...kept].sort()).toEqual(known)
  return { reached, acknowledged, texts: known }
}

/** Every one of the points, or every eighth. */
const STRIDE = thorough(1, 8)

describe.each([
  ['while the server answers', false],
  ['while the server and the app say nothing more', true],
])('C67: closing at every point at which something is awaited, %s,', (_, hangs) => {
  it('ends in time, keeps all that was acknowledged, and leaves a store that opens as if nothing had been', async () => {
    let at = 1
    for (let reached = true; reached; at += STRIDE) {
      const outcome = await closeAt(at, hangs)
      reached = outcome.reached || at < 40
      expect([at, outcome.acknowledged.filter((text) => !outcome.texts.includes(text))]).toEqual([at, []])
      expect([at, new Set(outcome.texts).size]).toEqual([at, outcome.texts.length])
      expect([at, unhandled]).toEqual([at, []])
    }
    expect(at).toBeGreaterThan(60)
  }, 60_000)
})
