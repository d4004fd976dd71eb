import type { AppPage } from './support/app-page.ts'
import { findBarriers } from './support/axe.ts'
import { findOverflow } from './support/layout.ts'
import { desktop, expect, phone, test } from './support/test.ts'

const longName = 'Grandmother’s slow-cooked Sunday stew with beans, barley and far too many different vegetables'

/** Shows every screen, empty and full, and calls `look` on each. */
async function visitEveryScreen(app: AppPage, look: (name: string) => Promise<void>): Promise<void> {
  const { page } = app
  await look('Today, empty')
  await app.goToAdd('Lunch')
  await look('Add, before the first meal')
  await app.search.fill('chicken')
  await expect(app.add.getByRole('option').first()).toBeVisible()
  await look('Add, with results')
  await app.add.getByRole('option').first().click()
  await expect(app.sheet).toBeVisible()
  await look('the portion of a food')
  await app.sheet.getByRole('button', { name: 'Log', exact: true }).click()
  await expect(app.meals('Lunch')).toHaveCount(1)
  await app.goToAdd('Dinner')
  await app.add.getByRole('button', { name: /^Quick calories/ }).click()
  await app.sheet.getByRole('textbox', { name: 'Calories' }).fill('12345')
  await app.sheet.getByRole('textbox', { name: 'Name' }).fill(longName)
  await expect(app.sheet.getByRole('alert')).toBeVisible()
  await look('quick calories, with a warning')
  await app.sheet.getByRole('button', { name: 'Log', exact: true }).click()
  await expect(app.sheet).toHaveCount(0)

  await app.goTo('Goals')
  await look('Goals, none yet')
  await page.getByRole('textbox', { name: 'Calories' }).fill('2000')
  await page.getByRole('button', { name: 'Balanced' }).click()
  await page.getByRole('button', { name: 'Save goals' }).click()
  await expect(page.getByRole('region', { name: 'History' })).toContainText('2,000')
  await look('Goals, set')

  await app.goTo('Today')
  await expect(app.refused(longName)).toBeVisible()
  await look('Today, with a refused meal')

  await app.goTo('Sync')
  await expect(app.letter(longName)).toBeVisible()
  await look('Sync, with a refused meal')
  await app.letter(longName).getByRole('button', { name: 'Fix and resend' }).click()
  await expect(app.sheet).toBeVisible()
  await look('fixing a meal')
  await app.sheet.getByRole('button', { name: 'Close' }).click()
  await app.letter(longName).getByRole('button', { name: 'Discard' }).click()
  await expect(app.sheet).toBeVisible()
  await look('discarding a meal')
  await app.sheet.getByRole('button', { name: 'Keep' }).click()
  await app.letter(longName).getByRole('button', { name: 'Fix and resend' }).click()
  await app.sheet.getByRole('textbox', { name: 'Calories' }).fill('1234')
  await app.sheet.getByRole('button', { name: 'Resend' }).click()
  await expect(app.needsAttention).toContainText('Nothing needs your attention')
  await look('Sync, with nothing to do')

  await app.goTo('Today')
  await expect(app.meal(longName)).toBeVisible()
  await look('Today, with meals and goals')
  await app.meal(longName).getByRole('button', { name: /^Edit/ }).click()
  await expect(app.sheet).toBeVisible()
  await look('editing a meal')
  await app.sheet.getByRole('button', { name: 'Close' }).click()
  await app.remove(longName)
  await look('Today, after a removal')
}

for (const [name, size] of [['a phone', phone] as const, ['a desktop', desktop] as const]) {
  test.describe(`on ${name}`, () => {
    test.use({ size })

    test('axe finds nothing serious on any screen in light and dark, and all text fits its place', async ({
      installation,
    }) => {
      const app = await installation.open()
      const found: string[] = []
      await visitEveryScreen(app, async (screen) => {
        const problems = [...(await findBarriers(app.page)), ...(await findOverflow(app.page))]
        for (const problem of problems) found.push(`${screen}: ${problem}`)
      })
      expect(found).toEqual([])
    })
  })
}
