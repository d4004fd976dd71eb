import type { AppPage } from './support/app-page.ts'
import type { Installation } from './support/installation.ts'
import type { TestServer } from './support/server.ts'
import { expect, test } from './support/test.ts'

const feast = 'Feast'
const sentence = 'A single meal cannot have more than 10,000 kcal. Check the amount and the unit, then send it again.'

/** Logged without a server, an absurd meal first: whether the server takes the others must not depend on it. */
async function logFeastBetweenMeals(installation: Installation, server: TestServer): Promise<AppPage> {
  const app = await installation.open()
  await server.stop()
  await app.logCalories('Breakfast', 'Porridge', 350)
  await app.logCalories('Lunch', feast, 12_000)
  await app.logCalories('Dinner', 'Soup', 250)
  await expect(app.ring).toHaveAccessibleName('12,600 kcal eaten')
  await server.start()
  return app
}

async function isRefused(app: AppPage): Promise<void> {
  await expect(app.letter(feast)).toContainText(sentence, { timeout: 60_000 })
  await expect(app.letter(feast)).toContainText('calories-implausible')
}

test('an absurd meal is refused with a code and a sentence, and holds up nothing', async ({ installation, server }) => {
  const app = await logFeastBetweenMeals(installation, server)
  await app.isConfirmed('Porridge')
  await app.isConfirmed('Soup')
  await expect(app.meal(feast)).toHaveCount(0, { timeout: 60_000 })
  await expect(app.ring).toHaveAccessibleName('600 kcal eaten')
  await expect(app.notices).toContainText(`The server refused ${feast}, 12,000 kcal`)
  await app.page.getByRole('main').getByRole('link', { name: '1 needs attention' }).click()
  await isRefused(app)

  // It waits for a person, however long that takes.
  await app.page.reload()
  await isRefused(app)
  await app.goTo('Today')
  await app.logCalories('Snacks', 'Apple', 80)
  await app.isConfirmed('Apple')
  await expect(app.ring).toHaveAccessibleName('680 kcal eaten')
})

test('a refused meal can be fixed and sent again', async ({ installation, server }) => {
  const app = await logFeastBetweenMeals(installation, server)
  await app.syncNow()
  await isRefused(app)
  await app.letter(feast).getByRole('button', { name: 'Fix and resend' }).click()
  await expect(app.sheet).toContainText(sentence)
  await app.sheet.getByRole('textbox', { name: 'Calories' }).fill('1200')
  await app.sheet.getByRole('button', { name: 'Resend' }).click()
  await expect(app.letter(feast)).toHaveCount(0)
  await expect(app.needsAttention).toContainText('Nothing needs your attention')

  await app.goTo('Today')
  await app.isConfirmed(feast)
  await expect(app.ring).toHaveAccessibleName('1,800 kcal eaten')
  const tablet = await installation.open('/?device=tablet')
  await expect(tablet.ring).toHaveAccessibleName('1,800 kcal eaten')
})

test('a refused meal can be tried again as it is, and is refused again', async ({ installation, server }) => {
  const app = await logFeastBetweenMeals(installation, server)
  await app.syncNow()
  await isRefused(app)
  await server.stop()
  await app.letter(feast).getByRole('button', { name: 'Try again' }).click()
  await expect(app.letter(feast)).toHaveCount(0)
  await app.goTo('Today')
  await app.isPending(feast)
  await expect(app.ring).toHaveAccessibleName('12,600 kcal eaten')

  await server.start()
  await app.syncNow()
  await isRefused(app)
  await app.goTo('Today')
  await expect(app.meal(feast)).toHaveCount(0)
  await expect(app.ring).toHaveAccessibleName('600 kcal eaten')
})

test('a refused meal can be discarded for good', async ({ installation, server }) => {
  const app = await logFeastBetweenMeals(installation, server)
  await app.syncNow()
  await isRefused(app)
  await app.letter(feast).getByRole('button', { name: 'Discard' }).click()
  await app.sheet.getByRole('button', { name: 'Keep' }).click()
  await expect(app.sheet).toHaveCount(0)
  await isRefused(app)
  await app.letter(feast).getByRole('button', { name: 'Discard' }).click()
  await app.sheet.getByRole('button', { name: 'Discard' }).click()
  await expect(app.needsAttention).toContainText('Nothing needs your attention')

  await app.page.reload()
  await expect(app.needsAttention).toContainText('Nothing needs your attention')
  await app.goTo('Today')
  await expect(app.ring).toHaveAccessibleName('600 kcal eaten')
  await expect(app.meal(feast)).toHaveCount(0)
  await app.allSynced()
})
