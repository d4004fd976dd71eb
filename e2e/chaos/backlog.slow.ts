import { WorkerSession } from '../support/worker-session.ts'
import { expect, leaderOf, test } from './chaos-test.ts'

const EVENTS = 50_000
/** What a client puts into one request, and one commit more, for that is how it notices that there is no room. */
const LIMITS = { commits: 500, bytes: 768 * 1024 }
/** Of the worker, which holds the whole outbox. */
const HEAP_MB = 300

test('C75: 50,000 unsynced events go out in batches within the limits, and only ever forward', async ({
  server,
  way,
  openDevice,
}) => {
  test.setTimeout(600_000)
  const pages = await openDevice(2)
  const { leader } = await leaderOf(pages)
  await leader.evaluate(() => chaos.pause())
  await leader.evaluate((count) => chaos.appendMany(count, 'meal'), EVENTS)
  await leader.evaluate(() => chaos.longestTask())
  way.requests.length = 0
  const worker = await WorkerSession.attach(leader)
  await leader.evaluate(() => chaos.resume())
  const progress: number[] = []
  let mostHeap = 0
  await expect
    .poll(
      async () => {
        mostHeap = Math.max(mostHeap, await worker.heapBytes())
        progress.push(await leader.evaluate(() => chaos.stands().pending))
        return progress.at(-1)
      },
      { timeout: 540_000, intervals: [250] },
    )
    .toBe(0)
  const longest = await leader.evaluate(() => chaos.longestTask())
  console.log(
    `requests=${way.requests.length} heap=${(mostHeap / 1e6).toFixed(0)} MB longest task of the page=${longest.toFixed(0)} ms`,
  )
  expect(new Set(progress).size).toBeGreaterThan(10)
  expect(progress).toEqual(progress.toSorted((a, b) => b - a))
  for (const { commits, bytes } of way.requests) {
    expect(commits).toBeLessThanOrEqual(LIMITS.commits)
    expect(bytes).toBeLessThanOrEqual(LIMITS.bytes)
  }
  expect(mostHeap).toBeLessThan(HEAP_MB * 1e6)
  expect(new Set(await server.meals()).size).toBe(EVENTS)
})
