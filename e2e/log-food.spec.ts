import { expect, test } from './support/test.ts'

test('a food is found as one types; logged in grams, it moves the ring, the bars and the list', async ({
  installation,
}) => {
  const app = await installation.open()
  await expect(app.ring).toHaveAccessibleName('0 kcal eaten')
  await app.goToAdd('Lunch')

  const options = app.add.getByRole('option')
  await app.search.pressSequentially('ban')
  await expect(options.first()).toContainText('Banana')
  await app.search.pressSequentially('ana chips')
  await expect(options.first()).toContainText('Banana chips')
  await app.search.fill('banana')
  await app.add.getByRole('option', { name: /^Bananas raw/ }).click()

  await app.sheet.getByLabel('Unit').selectOption('g')
  await app.sheet.getByLabel('Amount').fill('150')
  await expect(app.sheet.getByRole('definition').first()).toHaveText('134 kcal')
  await app.sheet.getByRole('button', { name: 'Log', exact: true }).click()

  await expect(app.meals('Lunch')).toHaveCount(1)
  await expect(app.meals('Lunch')).toContainText('150 g')
  await expect(app.meals('Lunch')).toContainText('134 kcal')
  await expect(app.ring).toHaveAccessibleName('134 kcal eaten')
  await expect(app.summary).toMatchAriaSnapshot(`
    - term: Protein
    - definition: 1.6 g
    - term: Carbs
    - definition: 34 g
    - term: Fat
    - definition: 0.5 g
    - term: Fibre
    - definition: 3.9 g
  `)
})

test('a portion can be a household measure, and its numbers follow the amount', async ({ installation }) => {
  const app = await installation.open()
  await app.goToAdd('Breakfast')
  await app.search.fill('banana')
  await app.add.getByRole('option', { name: /^Bananas raw/ }).click()

  await app.sheet.getByLabel('Unit').selectOption('cup, sliced')
  const calories = app.sheet.getByRole('definition').first()
  await expect(calories).toHaveText('134 kcal')
  await app.sheet.getByRole('button', { name: 'More' }).click()
  await app.sheet.getByRole('button', { name: 'More' }).click()
  await expect(app.sheet.getByLabel('Amount')).toHaveValue('2')
  await expect(calories).toHaveText('267 kcal')
  await app.sheet.getByRole('button', { name: 'Log', exact: true }).click()

  await expect(app.meals('Breakfast')).toContainText('2 cup, sliced · 300 g')
  await expect(app.ring).toHaveAccessibleName('267 kcal eaten')
  // What was eaten once is one tap away the next time.
  await app.add.getByRole('button', { name: /^Log Bananas.*to Breakfast$/ }).click()
  await expect(app.meals('Breakfast')).toHaveCount(2)
  await expect(app.ring).toHaveAccessibleName('534 kcal eaten')
})
