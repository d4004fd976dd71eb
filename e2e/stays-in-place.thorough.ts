import { chromium } from '@playwright/test'
import { findBrowser } from '../test/run/find-browser.ts'
import { Installation } from './support/installation.ts'
import { findOverflow } from './support/layout.ts'
import { areConfirmedInPlace, logWithoutServer } from './support/meals-without-server.ts'
import { desktop, expect, phone, test } from './support/test.ts'
import { watchMoves } from './support/watch-moves.ts'

for (const [where, size] of [['a phone', phone] as const, ['a desktop', desktop] as const]) {
  test(`with text twice as large nothing moves on ${where} either, and all of it fits`, async ({ server }) => {
    const { executablePath, args } = await findBrowser()
    const browser = await chromium.launch({
      executablePath,
      args: [...args, '--blink-settings=defaultFontSize=32'],
    })
    const installation = new Installation(server.origin, size, browser)
    try {
      await installation.start()
      const app = await installation.open()
      await logWithoutServer(app, server)
      const found = [...(await findOverflow(app.page))]
      await areConfirmedInPlace(app, server)
      for (const place of ['Add', 'Goals', 'Sync', 'Today'] as const) {
        await app.goTo(place)
        found.push(...(await findOverflow(app.page)))
      }
      expect(found).toEqual([])
    } finally {
      await installation.remove()
      await browser.close()
    }
  })
}

test.describe('on a phone', () => {
  test.use({ size: phone })

  test('a meal of the day before is logged there, and the end of the day can be seen above what is said of it', async ({
    installation,
  }) => {
    const app = await installation.open()
    for (const name of ['Apple', 'Grandmother’s slow-cooked Sunday stew with beans']) {
      await app.page.getByRole('link', { name: 'Previous day' }).click()
      await app.goTo('Add')
      await app.add.getByRole('radio', { name: 'Snacks' }).check({ force: true })
      await app.add.getByRole('button', { name: /^Quick calories/ }).click()
      await app.sheet.getByRole('textbox', { name: 'Calories' }).fill('80')
      await app.sheet.getByRole('textbox', { name: 'Name' }).fill(name)
      await app.sheet.getByRole('button', { name: 'Log', exact: true }).click()
      await expect(app.page.getByRole('heading', { level: 1, name: 'Yesterday' })).toBeVisible()
      await expect(app.meal(name)).toBeVisible()
      await app.goTo('Today')
    }
    await app.page.getByRole('link', { name: 'Previous day' }).click()
    await expect(app.meals('Snacks')).toHaveCount(2)
    await app.page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
    const last = await app.meals('Snacks').last().boundingBox()
    const notice = await app.notices.locator('.notice').boundingBox()
    expect((last?.y ?? 0) + (last?.height ?? 0)).toBeLessThan(notice?.y ?? 0)
  })

  test('what one tells sync stays in place, whatever becomes of it', async ({ installation, server }) => {
    const app = await installation.open()
    await server.stop()
    await app.logCalories('Lunch', 'Feast', 12_000)
    await app.goTo('Sync')
    await expect(app.page.getByRole('heading', { name: 'You are offline' })).toBeVisible()
    const moves = await watchMoves(app.page, '.sync-panel')
    await server.start()
    await expect(app.letter('Feast')).toBeVisible({ timeout: 60_000 })
    await expect(app.page.getByRole('heading', { name: 'Synced' })).toBeVisible()
    expect(await moves.end()).toEqual([])
  })
})

test('a refused meal is fixed where it stands in the day', async ({ installation, server }) => {
  const app = await installation.open()
  await server.stop()
  await app.logCalories('Lunch', 'Feast', 12_000)
  await app.logCalories('Lunch', 'Soup', 250)
  await server.start()
  await expect(app.refused('Feast')).toBeVisible({ timeout: 60_000 })
  await app.page.reload()
  await app
    .refused('Feast')
    .getByRole('button', { name: /^Fix: Feast/ })
    .click()
  await expect(app.sheet).toContainText('A single meal cannot have more than 10,000 kcal.')
  await app.sheet.getByRole('textbox', { name: 'Calories' }).fill('1200')
  await app.sheet.getByRole('button', { name: 'Resend' }).click()
  await expect(app.refused('Feast')).toHaveCount(0)
  await app.isConfirmed('Feast')
  await expect(app.ring).toHaveAccessibleName('1,450 kcal eaten')
})

test('a refused meal is given up where it stands in the day', async ({ installation, server }) => {
  const app = await installation.open()
  await server.stop()
  await app.logCalories('Lunch', 'Feast', 12_000)
  await server.start()
  await app.refused('Feast').getByRole('button', { name: 'Discard Feast' }).click({ timeout: 60_000 })
  await app.sheet.getByRole('button', { name: 'Keep' }).click()
  await expect(app.sheet).toHaveCount(0)
  await app.refused('Feast').getByRole('button', { name: 'Discard Feast' }).click()
  await app.sheet.getByRole('button', { name: 'Discard' }).click()
  await expect(app.refused('Feast')).toHaveCount(0)
  await expect(app.page.getByRole('region', { name: 'Nothing logged' })).toBeVisible()
  await expect(app.page.getByRole('heading', { name: 'Lunch' })).toBeFocused()
  await expect(app.notices).toContainText('Discarded Feast')
  await expect(app.notices).not.toContainText('The server refused')
})
