import { expect, it } from 'vitest'
import { HeldLocks } from '../../src/client/held-locks.ts'
import { type CompactReport, Maintenance } from '../../src/engine/maintenance.ts'
import { noMeter } from '../../src/metrics/instruments.ts'
import { LocalLocks } from '../../src/platform/local-locks.ts'
import { PageLocks } from '../../src/protocol/page-locks.ts'
import { COMPACTION_LIMITS } from '../../src/store/compaction-plan.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { syncGzip } from '../support/sync-codec.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const silent = { error: () => undefined, info: () => undefined, debug: () => undefined }

/** A worker whose locks its page holds. */
async function opened() {
  const clock = new VirtualClock()
  const origin = new LocalLocks()
  const page: HeldLocks = new HeldLocks(origin, (id, is) => queueMicrotask(() => locks.answer(id, is)))
  const locks: PageLocks = new PageLocks((notification) => {
    if (notification.kind === 'lock') queueMicrotask(() => page.hold(notification.id, notification.name))
    if (notification.kind === 'unlock') queueMicrotask(() => page.release(notification.id))
  })
  const store = await openStore()
  for (const text of ['a', 'b', 'c']) await store.append(prepared(noted(text)))
  const maintenance = new Maintenance({
    ...{ store, clock, locks, codec: syncGzip, meter: noMeter, limits: { ...COMPACTION_LIMITS, tailRun: 2 } },
    ...{ logger: silent, lockName: 'compact' },
  })
  /** Another tab is at it. */
  const letGo = new AbortController()
  void origin.hold(
    'compact',
    letGo.signal,
    (lost) => new Promise((resolve) => lost.addEventListener('abort', () => resolve())),
  )
  await clock.advance(0)
  return { clock, page, store, maintenance, letGo }
}

it('compaction that is asked for and waits for its turn is done, although the page was frozen meanwhile', async () => {
  const { clock, page, maintenance, letGo } = await opened()
  let report: CompactReport | undefined
  void maintenance.compactAll().then((done) => {
    report = done
  })
  await clock.advance(100)
  page.releaseAll()
  letGo.abort()
  await clock.advance(10_000)
  expect(report?.merged).toBe(3)
  maintenance.stop()
  expect(clock.waiting).toBe(0)
})

it('compaction by itself comes to its turn although the page was frozen while it waited', async () => {
  const { clock, page, store, maintenance, letGo } = await opened()
  maintenance.start()
  await clock.advance(6000)
  page.releaseAll()
  letGo.abort()
  await clock.advance(20_000)
  for (const text of ['d', 'e']) await store.append(prepared(noted(text)))
  await clock.advance(20_000)
  expect(await store.readConfirmed(0, 10)).toHaveLength(1)
  maintenance.stop()
  expect(clock.waiting).toBe(0)
})

it('compaction that waits is given up when the store closes', async () => {
  const { clock, maintenance } = await opened()
  const asked = maintenance.compactAll()
  await clock.advance(25_000)
  maintenance.stop()
  await expect(asked).rejects.toThrow()
  expect(clock.waiting).toBe(0)
})
