import type { Page } from '@playwright/test'
import type { LabError } from '../lab/app/lab-page.ts'
import { expect, test } from '../lab/lab-test.ts'

/** Appends, reloads the page, and finds what was appended. */
async function staysAfterReload(page: Page, text: string): Promise<void> {
  const event = { stream: 'kept', text }
  expect(await page.evaluate((given) => lab.append(given), event)).toBe(1)
  await page.reload()
  expect(await page.evaluate(() => lab.open({ name: 'kept' }))).toBe('indexeddb')
  expect(await page.evaluate(() => lab.list('kept'))).toEqual([{ text, position: 1 }])
  expect(await page.evaluate(() => lab.texts('kept'))).toEqual([text])
}

test('what is appended is there after a reload', async ({ openTab }) => {
  const page = await openTab()
  expect(await page.evaluate(() => lab.open({ name: 'kept' }))).toBe('indexeddb')
  await staysAfterReload(page, 'first')
})

test.describe('C21: a database that does not open', () => {
  test('the first time is asked for once more, and works', async ({ openTab }) => {
    const page = await openTab()
    expect(await page.evaluate(() => lab.open({ name: 'kept', fault: 'open-hangs-once' }))).toBe('indexeddb')
    await staysAfterReload(page, 'first')
  })

  test('at all is storage-timeout, and never memory without a word', async ({ openTab }) => {
    const page = await openTab()
    const answer = await page.evaluate(() => lab.open({ name: 'kept', fault: 'open-hangs' }))
    expect((answer as LabError).code).toBe('storage-timeout')
  })

  test('at all is taken for memory where the app asks for that, and says so', async ({ openTab }) => {
    const page = await openTab()
    const warnings: string[] = []
    page.context().on('console', (message) => warnings.push(message.text()))
    const options = { name: 'kept', fault: 'open-hangs' as const, fallback: 'memory' as const }
    expect(await page.evaluate((given) => lab.open(given), options)).toBe('memory')
    await expect.poll(() => warnings.join()).toContain('memory is used instead')
    expect(await page.evaluate(() => lab.append({ stream: 'kept', text: 'for now' }))).toBe(1)
    expect(await page.evaluate(() => lab.list('kept'))).toEqual([{ text: 'for now', position: 1 }])
  })
})

test.describe('C23: a browser without a usable IndexedDB', () => {
  for (const fault of ['no-indexeddb', 'indexeddb-forbidden'] as const) {
    test(`refuses to open by default (${fault})`, async ({ openTab }) => {
      const page = await openTab()
      const answer = await page.evaluate((given) => lab.open({ name: 'kept', fault: given }), fault)
      expect((answer as LabError).code).toBe('storage-unavailable')
    })

    test(`works in memory where the app asks for that, and says so (${fault})`, async ({ openTab }) => {
      const page = await openTab()
      const warnings: string[] = []
      page.context().on('console', (message) => warnings.push(message.text()))
      const options = { name: 'kept', fault, fallback: 'memory' as const }
      expect(await page.evaluate((given) => lab.open(given), options)).toBe('memory')
      await expect.poll(() => warnings.join()).toContain('memory is used instead')
      expect(await page.evaluate(() => lab.append({ stream: 'kept', text: 'for now' }))).toBe(1)
      expect(await page.evaluate(() => lab.list('kept'))).toEqual([{ text: 'for now', position: 1 }])
    })
  }
})

test('C27: functions of the app that take long never let a transaction end early', async ({ openTab }) => {
  const page = await openTab()
  await page.evaluate(() => lab.open({ name: 'slow' }))
  const texts = Array.from({ length: 12 }, (_, index) => `slow ${index}`)
  // Folded while the appends go on, because a view is looked at from the start.
  await page.evaluate(() => lab.watch('slow'))
  const answers = await page.evaluate(
    (all) => Promise.all(all.map((text) => lab.append({ stream: 'slow', text, slowly: true }))),
    texts,
  )
  expect(answers).toEqual(texts.map((_, index) => index + 1))
  expect(await page.evaluate(() => lab.texts('slow'))).toEqual(texts)
  await expect.poll(() => page.evaluate(() => lab.watched())).toEqual(texts)
})
