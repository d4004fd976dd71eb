import { expect, test } from '../lab/lab-test.ts'

test('C21: beside a tab that stopped in the middle of a transaction, opening and appending end, and work when that tab is gone', async ({
  openTab,
}) => {
  const page = await openTab()
  await page.evaluate(() => lab.open({ name: 'held' }))
  expect(await page.evaluate(() => lab.append({ stream: 's', text: 'before' }))).toBe(1)

  const holder = await openTab()
  await holder.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const request = indexedDB.open('larder/held')
        request.onsuccess = () => {
          const tx = request.result.transaction(['meta'], 'readwrite')
          const hold = (): void => {
            tx.objectStore('meta').get('log').onsuccess = hold
          }
          hold()
          resolve()
        }
      }),
  )
  const other = await openTab()
  const [opened, appended] = await Promise.all([
    other.evaluate(() => lab.open({ name: 'held' })),
    page.evaluate(() => lab.append({ stream: 's', text: 'kept out' })),
  ])
  expect([opened, appended]).toMatchObject([{ code: 'storage-timeout' }, { code: 'storage-timeout' }])

  await holder.close()
  await other.reload()
  expect(await other.evaluate(() => lab.open({ name: 'held' }))).toBe('indexeddb')
  await expect.poll(() => page.evaluate(() => lab.append({ stream: 's', text: 'after' })), { timeout: 60_000 }).toBe(2)
  expect(await other.evaluate(() => lab.list('s'))).toMatchObject([{ text: 'before' }, { text: 'after' }])
})
