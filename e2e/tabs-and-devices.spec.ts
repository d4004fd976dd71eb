import { expect, test } from './support/test.ts'

test('two tabs show the same, live', async ({ installation }) => {
  const one = await installation.open()
  const other = await installation.open()
  await one.logCalories('Lunch', 'Soup', 250)
  await expect(other.meal('Soup')).toBeVisible()
  await expect(other.ring).toHaveAccessibleName('250 kcal eaten')
  await other.logCalories('Dinner', 'Stew', 600)
  await expect(one.ring).toHaveAccessibleName('850 kcal eaten')
  await other.remove('Soup')
  await expect(one.meal('Soup')).toHaveCount(0)
  await expect(one.ring).toHaveAccessibleName('600 kcal eaten')
  await one.isConfirmed('Stew')
  await other.isConfirmed('Stew')

  // The tab that is left goes on alone.
  await one.page.close()
  await other.logCalories('Snacks', 'Apple', 80)
  await other.isConfirmed('Apple')
})

test('a second installation receives the meals, and both remove one without a server', async ({
  installation,
  server,
}) => {
  const phone = await installation.open()
  await phone.logCalories('Lunch', 'Soup', 250)
  const tablet = await installation.open('/?device=tablet')
  await expect(tablet.page.getByRole('navigation', { name: 'Main' })).toContainText('tablet')
  await expect(tablet.meal('Soup')).toBeVisible()
  await phone.logCalories('Dinner', 'Stew', 600)
  await expect(tablet.ring).toHaveAccessibleName('850 kcal eaten', { timeout: 60_000 })
  await phone.allSynced()

  await server.stop()
  await phone.remove('Soup')
  await tablet.remove('Soup')
  await expect(phone.ring).toHaveAccessibleName('600 kcal eaten')
  await expect(tablet.ring).toHaveAccessibleName('600 kcal eaten')
  // Each says something that the other does not know yet.
  await phone.logCalories('Snacks', 'Apple', 80)
  await tablet.logCalories('Snacks', 'Pear', 90)

  await server.start()
  await phone.syncNow()
  await phone.allSynced()
  await tablet.syncNow()
  for (const device of [phone, tablet]) {
    await device.goTo('Today')
    await expect(device.ring).toHaveAccessibleName('770 kcal eaten', { timeout: 60_000 })
    await device.isConfirmed('Apple')
    await device.isConfirmed('Pear')
    await expect(device.meal('Soup')).toHaveCount(0)
  }
})
