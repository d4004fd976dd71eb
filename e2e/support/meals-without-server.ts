import type { AppPage, Slot } from './app-page.ts'
import type { TestServer } from './server.ts'
import { expect } from './test.ts'
import { watchAnnouncements } from './watch-announcements.ts'
import { watchMoves } from './watch-moves.ts'

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
export async function dismissNotices(app: AppPage): Promise<void> {
  const dismiss = app.notices.getByRole('button', { name: 'Dismiss' })
  while ((await dismiss.count()) > 0) await dismiss.first().click()
}

/** One meal that the server has, and `waiting`: with a long name, with a long portion, and with none. */
export async function logWithoutServer(app: AppPage, server: TestServer): Promise<void> {
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

export async function areConfirmedInPlace(app: AppPage, server: TestServer): Promise<void> {
  const moves = await watchMoves(app.page)
  const announcements = await watchAnnouncements(app.page)
  await server.start()
  for (const name of waiting) await app.isConfirmed(name)
  await app.allSynced()
  expect(await moves.end()).toEqual([])
  // The chip says it to who looks for it; nobody is told in the middle of something else.
  expect(await announcements()).toEqual([])
}
