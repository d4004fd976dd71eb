import { chromium } from '@playwright/test'
import { findBrowser } from '../test/run/find-browser.ts'
import { thorough } from '../test/support/thorough.ts'
import type { AppPage, Slot } from './support/app-page.ts'
import { Installation } from './support/installation.ts'
import { findOverflow } from './support/layout.ts'
import type { TestServer } from './support/server.ts'
import { takesTapWhen } from './support/takes-tap.ts'
import { desktop, expect, phone, test } from './support/test.ts'
import { watchAnnouncements } from './support/watch-announcements.ts'
import { watchMoves } from './support/watch-moves.ts'

const longName = 'Grandmother’s slow-cooked Sunday stew with beans, barley and far too many different vegetables'
const waiting = ['Chicken', longName, 'Soup', 'Apple']

async function logFood(app: AppPage, slot: Slot, query: string): Promise<void> {
  await app.goToAdd(slot)
  await app.search.fill(query)
  await app.add.getByRole('option').first().click()
  await app.sheet.getByRole('button', { name: 'Log', exact: true }).click()
  await expect(app.sheet).toHaveCount(0)
  await app.goTo('Today')
}

/** Notices go by themselves after a while, which is not what a test is about that dismisses them. */
async function dismissNotices(app: AppPage): Promise<void> {
  const dismiss = app.notices.getByRole('button', { name: 'Dismiss' })
  while ((await dismiss.count()) > 0) await dismiss.first().click()
}

/** One meal that the server has, and `waiting`: with a long name, with a long portion, and with none. */
async function logWithoutServer(app: AppPage, server: TestServer): Promise<void> {
  await app.logCalories('Breakfast', 'Porridge', 350)
  await app.isConfirmed('Porridge')
  await server.stop()
  await logFood(app, 'Breakfast', 'chicken breast')
  await app.logCalories('Breakfast', longName, 640)
  await app.logCalories('Lunch', 'Soup', 250)
  await logFood(app, 'Snacks', 'apple raw')
  for (const name of waiting) await app.isPending(name)
  await dismissNotices(app)
}

async function areConfirmedInPlace(app: AppPage, server: TestServer): Promise<void> {
  const moves = await watchMoves(app.page)
  const announcements = await watchAnnouncements(app.page)
  await server.start()
  for (const name of waiting) await app.isConfirmed(name)
  await app.allSynced()
  expect(await moves.end()).toEqual([])
  // The chip says it to who looks for it; nobody is told in the middle of something else.
  expect(await announcements()).toEqual([])
}

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

    test('with text twice as large nothing moves either, and all of it fits', async ({ server }) => {
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
