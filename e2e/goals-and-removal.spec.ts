import { expect, test } from './support/test.ts'

test('a goal is set, and the day is seen against it', async ({ installation }) => {
  const app = await installation.open()
  await app.goTo('Goals')
  await app.page.getByRole('textbox', { name: 'Calories' }).fill('2000')
  await app.page.getByRole('button', { name: 'Balanced' }).click()
  await app.page.getByRole('button', { name: 'Save goals' }).click()
  await expect(app.notices).toContainText('Goals saved')
  await expect(app.page.getByRole('region', { name: 'History' })).toContainText('Calories 2,000 kcal')

  await app.goTo('Today')
  await expect(app.ring).toHaveAccessibleName('0 of 2,000 kcal')
  await app.logCalories('Dinner', 'Lasagne', 750)
  await expect(app.ring).toHaveAccessibleName('750 of 2,000 kcal')
  await expect(app.summary.getByRole('definition').first()).toHaveText('0 / 125 g')

  await app.page.reload()
  await expect(app.ring).toHaveAccessibleName('750 of 2,000 kcal')
})

test('a meal is removed, and the removal is taken back', async ({ installation }) => {
  const app = await installation.open()
  await app.logCalories('Breakfast', 'Porridge', 350)
  await app.logCalories('Lunch', 'Soup', 250)
  await expect(app.ring).toHaveAccessibleName('600 kcal eaten')

  await app.remove('Porridge')
  await expect(app.ring).toHaveAccessibleName('250 kcal eaten')
  await app.notices.getByRole('button', { name: 'Undo' }).click()
  await expect(app.meal('Porridge')).toBeVisible()
  await expect(app.ring).toHaveAccessibleName('600 kcal eaten')

  await app.isConfirmed('Porridge')
  await app.remove('Soup')
  await expect(app.ring).toHaveAccessibleName('350 kcal eaten')
  await app.allSynced()
  await app.page.reload()
  await expect(app.ring).toHaveAccessibleName('350 kcal eaten')
  await expect(app.meal('Porridge')).toBeVisible()
  await expect(app.meal('Soup')).toHaveCount(0)
})
