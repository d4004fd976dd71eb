import { Installation } from './support/installation.ts'
import { startReportingProxy } from './support/reporting-proxy.ts'
import { expect, phone, test } from './support/test.ts'

test('C88: a whole session breaks no rule of the strict policy, in the page and in its workers', async ({
  server,
  browser,
}) => {
  const proxy = await startReportingProxy(server.origin)
  const installation = new Installation(proxy.origin, phone, browser)
  try {
    await installation.start()
    const app = await installation.open()
    await app.goToAdd('Lunch')
    await app.search.fill('bread')
    await app.add.getByRole('option').first().click()
    await app.sheet.getByRole('button', { name: 'Log', exact: true }).click()
    await app.logCalories('Dinner', 'Feast', 12_000)
    await app.goTo('Goals')
    await app.page.getByRole('textbox', { name: 'Calories' }).fill('2000')
    await app.page.getByRole('button', { name: 'Save goals' }).click()
    await app.goTo('Sync')
    await app.letter('Feast').getByRole('button', { name: 'Discard' }).click()
    await app.sheet.getByRole('button', { name: 'Discard' }).click()
    await expect(app.needsAttention).toContainText('Nothing needs your attention')
    // Once more, now from what the service worker keeps.
    await app.page.reload()
    await app.goTo('Today')
    await app.allSynced()
    expect(proxy.violations).toEqual([])
    expect(installation.problems).toEqual([])

    // What follows is against the rules: it shows that a violation would have been seen, in the page and in its worker.
    const breakRule = () => {
      // In a task of its own: what a debugger evaluates may do as it likes.
      setTimeout(() => new Function('return 1'))
    }
    await app.page.evaluate(breakRule)
    await expect.poll(() => proxy.violations).toEqual([expect.stringMatching(/ in http:[^ ]*\/(#.*)?$/)])
    await app.page.workers()[0]?.evaluate(breakRule)
    await expect.poll(() => proxy.violations.slice(1)).toEqual([expect.stringMatching(/ in .*worker.*\.js$/)])
  } finally {
    await installation.remove()
    await proxy.stop()
  }
})
