import type { Locator, Page } from '@playwright/test'
import { expect, test } from './support/test.ts'

/** Presses Tab until this has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    if (await target.evaluate((element) => element === document.activeElement)) return
  }
  throw new Error(`Tab does not lead to ${target}`)
}

test('a food is logged, removed and brought back with the keyboard alone', async ({ installation }) => {
  const app = await installation.open()
  const { page } = app
  const { keyboard } = page
  await tabTo(page, page.getByRole('link', { name: 'Add to Lunch' }))
  await keyboard.press('Enter')
  await expect(app.search).toBeFocused()

  await keyboard.type('egg')
  const options = app.add.getByRole('option')
  await expect(options.first()).toHaveAttribute('aria-selected', 'true')
  await keyboard.press('ArrowDown')
  await expect(options.nth(1)).toHaveAttribute('aria-selected', 'true')
  const picked = await options
    .nth(1)
    .getByText(/ kcal$/)
    .textContent()
  await keyboard.press('Enter')
  await expect(app.sheet.getByLabel('Amount')).toBeFocused()
  await expect(app.sheet.getByRole('definition').first()).toHaveText(`${picked}`)
  await keyboard.press('ArrowUp')
  await keyboard.press('ArrowDown')
  await keyboard.press('Enter')
  await expect(app.sheet).toHaveCount(0)
  await expect(app.meals('Lunch')).toHaveCount(1)
  await expect(app.ring).toHaveAccessibleName(`${picked} eaten`)

  await tabTo(page, page.getByRole('button', { name: /^Remove / }))
  await keyboard.press('Enter')
  await expect(app.meals('Lunch')).toHaveCount(0)
  await tabTo(page, app.notices.getByRole('button', { name: 'Undo' }))
  await keyboard.press('Enter')
  await expect(app.meals('Lunch')).toHaveCount(1)
})

test('Escape closes a sheet, and the focus returns to where it was', async ({ installation }) => {
  const app = await installation.open()
  await app.logCalories('Lunch', 'Soup', 250)
  const edit = app.meal('Soup').getByRole('button', { name: /^Edit Soup/ })
  await edit.focus()
  await app.page.keyboard.press('Enter')
  await expect(app.sheet).toBeVisible()
  await app.page.keyboard.press('Escape')
  await expect(app.sheet).toHaveCount(0)
  await expect(edit).toBeFocused()
  await expect(app.ring).toHaveAccessibleName('250 kcal eaten')
})
