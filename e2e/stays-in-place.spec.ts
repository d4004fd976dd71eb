import { thorough } from '../test/support/thorough.ts'
import { areConfirmedInPlace, dismissNotices, logWithoutServer } from './support/meals-without-server.ts'
import { takesTapWhen } from './support/takes-tap.ts'
import { desktop, expect, phone, test } from './support/test.ts'
import { watchAnnouncements } from './support/watch-announcements.ts'
import { watchMoves } from './support/watch-moves.ts'

const onPhone = ['a phone', phone] as const
const onDesktop = ['a desktop', desktop] as const

for (const [where, size] of thorough([onPhone, onDesktop], [onPhone])) {
  test.describe(`on ${where}`, () => {
    test.use({ size })

    test('the server confirms meals, and nothing that can be tapped moves', async ({ installation, server }) => {
      const app = await installation.open()
      await logWithoutServer(app, server)
      await areConfirmedInPlace(app, server)
    })

    test('the server refuses a meal, and nothing that can be tapped moves', async ({ installation, server }) => {
      const app = await installation.open()
      await server.stop()
      await app.logCalories('Lunch', 'Soup', 250)
      await app.logCalories('Lunch', 'Feast', 12_000)
      await app.logCalories('Lunch', 'Bread', 150)
      await app.logCalories('Snacks', 'Apple', 80)
      // Held by the pointer, it is there until it is let go.
      await app.notices.getByRole('button', { name: 'Undo' }).hover()

      const moves = await watchMoves(app.page)
      const announcements = await watchAnnouncements(app.page)
      const takesTap = await takesTapWhen(app.page, '.notice-problem', '.notice-problem')
      await server.start()
      await expect(app.refused('Feast')).toContainText('Refused, not counted', { timeout: 60_000 })
      for (const name of ['Soup', 'Bread', 'Apple']) await app.isConfirmed(name)
      await expect(app.ring).toHaveAccessibleName('480 kcal eaten')
      await expect(app.notices).toContainText('The server refused Feast')
      await expect(app.notices.getByRole('button', { name: 'Undo' })).toBeVisible()
      expect(await moves.end()).toEqual([])
      expect(await announcements()).toEqual(['The server refused Feast, 12,000 kcal'])
      // It came where a finger may have been on its way to something else.
      expect(await takesTap()).toBe(false)
      await app.notices.getByRole('button', { name: 'See why' }).click()
      await expect(app.letter('Feast')).toBeVisible()
    })
  })
}

test('a meal of another device moves nothing where foods are picked, and takes no tap that was meant for another meal', async ({
  installation,
}) => {
  const app = await installation.open()
  await app.logCalories('Breakfast', 'Porridge', 350)
  await app.logCalories('Lunch', 'Soup', 250)
  const tablet = await installation.open('/?device=tablet')
  await expect(tablet.meal('Soup')).toBeVisible()
  // A new device has nothing to hold still.
  await expect(tablet.add.getByRole('list', { name: 'Recent' }).getByRole('listitem')).toHaveText([
    /^Soup/,
    /^Porridge/,
  ])
  await app.isConfirmed('Soup')
  await app.goToAdd('Lunch')
  await dismissNotices(app)
  const recents = app.add.getByRole('list', { name: 'Recent' }).getByRole('listitem')
  await expect(recents).toHaveText([/^Soup/, /^Porridge/])

  const moves = await watchMoves(app.page, '.add')
  const takesTap = await takesTapWhen(app.page, 'li.meal', '.slot-lunch .meal-remove')
  await tablet.logCalories('Breakfast', 'Pear', 90)
  await app.comeToFront()
  await expect(app.meal('Pear')).toBeVisible({ timeout: 60_000 })
  expect(await takesTap()).toBe(false)
  expect(await moves.end()).toEqual([])

  await app.goToAdd('Snacks')
  await expect(recents).toHaveText([/^Pear/, /^Soup/, /^Porridge/])
  await recents
    .last()
    .getByRole('button', { name: /^Log Porridge/ })
    .click()
  await expect(app.meals('Snacks')).toHaveCount(1)
  // A second tap logs the same again, and not what has come into its place.
  await expect(recents).toHaveText([/^Pear/, /^Soup/, /^Porridge/])
  await app.remove('Soup')
})
