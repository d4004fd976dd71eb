import { expect, test } from './chaos-test.ts'

const MEALS = 500
const LEAST_PER_FAULT = 5

test('C69: two devices with two tabs each behind a bad network confirm 500 meals, each exactly once', async ({
  server,
  way,
  openDevice,
}) => {
  const devices = [await openDevice(2), await openDevice(2)]
  const tabs = devices.flat()
  way.isStriking = true
  const each = MEALS / tabs.length
  const ROUND = 5
  for (let from = 0; from < each; from += ROUND) {
    await Promise.all(
      tabs.map((tab, number) => {
        const ids = Array.from({ length: ROUND }, (_, index) => `tab-${number}-${from + index}`)
        return tab.evaluate((meals) => chaos.append(meals), ids)
      }),
    )
    // So that a device that waits after a failure tries again while there are faults.
    await Promise.all(devices.map(([first]) => first?.evaluate(() => chaos.syncNow())))
  }
  const rarest = (): number => Math.min(...way.struck.values())
  for (let round = 0; round < 60 && rarest() < LEAST_PER_FAULT; round++)
    await Promise.all(devices.map(([first]) => first?.evaluate(() => chaos.syncNow())))
  way.isStriking = false
  console.log([...way.struck].map(([fault, count]) => `${fault}=${count}`).join(' '))
  for (const [fault, count] of way.struck) expect(count, fault).toBeGreaterThanOrEqual(LEAST_PER_FAULT)

  for (const [first] of devices) await first?.evaluate(() => chaos.syncNow())
  await expect.poll(async () => (await server.meals()).length, { timeout: 60_000 }).toBe(MEALS)
  const truth = await server.meals()
  expect(new Set(truth).size).toBe(MEALS)
  for (const tab of tabs) {
    await expect
      .poll(() => tab.evaluate(() => chaos.meals()), { timeout: 90_000 })
      .toEqual({ confirmed: truth, pending: [] })
    await expect.poll(() => tab.evaluate(() => chaos.stands().pending)).toBe(0)
  }
})
