import { expect, phone, test } from './support/test.ts'

test.use({ size: phone })

test.describe('on a disk', () => {
  test.use({ lasts: true })

  test('what is logged without a server outlives the browser, and is confirmed once there is a server', async ({
    installation,
    server,
  }) => {
    const app = await installation.open()
    await app.logCalories('Breakfast', 'Porridge', 350)
    await app.allSynced()
    await app.isConfirmed('Porridge')

    await server.stop()
    await app.logCalories('Lunch', 'Soup', 250)
    await app.logCalories('Snacks', 'Apple', 80)
    await app.isPending('Soup')
    await app.isPending('Apple')
    await app.page.reload()
    await app.isPending('Soup')
    await app.isPending('Apple')

    await installation.close()
    await installation.start()
    const again = await installation.open()
    await again.isPending('Soup')
    await again.isPending('Apple')
    await again.isConfirmed('Porridge')
    await expect(again.ring).toHaveAccessibleName('680 kcal eaten')
    // The foods are there as well.
    await again.goToAdd('Dinner')
    await again.search.fill('rice')
    await expect(again.add.getByRole('option').first()).toContainText('rice')
    await again.goTo('Today')

    await server.start()
    await again.isConfirmed('Soup')
    await again.isConfirmed('Apple')
    await again.allSynced()
    await expect(again.ring).toHaveAccessibleName('680 kcal eaten')
  })
})

test('what the server confirmed outlives its kill', async ({ installation, server }) => {
  const app = await installation.open()
  await app.logCalories('Lunch', 'Soup', 250)
  await app.isConfirmed('Soup')
  await server.stop('SIGKILL')
  await app.logCalories('Dinner', 'Stew', 600)
  await app.isPending('Stew')
  await server.start()
  await app.isConfirmed('Stew')

  const tablet = await installation.open('/?device=tablet')
  await expect(tablet.ring).toHaveAccessibleName('850 kcal eaten')
  await expect(tablet.meals('Lunch')).toHaveCount(1)
  await expect(tablet.meals('Dinner')).toHaveCount(1)
})
