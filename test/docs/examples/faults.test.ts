import { isLarderError } from '@larder/sdk/domain'
import { memory } from '@larder/sdk/inline'
import { MealRemoved, nutrition } from '@larder/sdk/nutrition'
import { createTestLarder, everyStorageFault, faultyTransport, ManualClock, TestServer } from '@larder/sdk/testing'
import { expect, it } from 'vitest'

const removal = MealRemoved({ userId: 'ann', mealId: 'm1', day: '2026-11-23' })

it('an append is stored, or says that it may not be, whatever fails', async () => {
  const struck = await everyStorageFault(async ({ wrap }) => {
    const place = memory()
    const test = await createTestLarder(nutrition, { storage: async (name) => wrap(await place(name)) }).catch(
      () => undefined,
    )
    const answer = await test?.larder.append(removal).catch((error: unknown) => error)
    await test?.close()
    const again = await createTestLarder(nutrition, { storage: place })
    const { events } = await again.larder.events()
    if (answer !== undefined && !isLarderError(answer)) expect(events).toHaveLength(1)
    await again.close()
  })
  expect(struck.length).toBeGreaterThan(10)
})

it('an answer that is lost does no harm', async () => {
  const clock = new ManualClock()
  const server = new TestServer(nutrition)
  const transport = faultyTransport(server.transport(), { clock, script: (n) => (n < 4 ? 'lose-response' : undefined) })
  const test = await createTestLarder(nutrition, { clock, sync: { transport } })
  await test.larder.append(removal)
  await clock.advance(600_000)
  expect(await server.accepted()).toHaveLength(1)
  await test.close()
})
