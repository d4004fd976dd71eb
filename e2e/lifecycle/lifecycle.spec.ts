import { append, expect, isOpen, leads, test, textsOf } from './lifecycle-test.ts'

test('C10 a page that was left and is come back to is as it was: nothing kept it out of the back-forward cache', async ({
  server,
  browserOfTabs: browser,
}) => {
  const tab = await browser.open(server.origin)
  await isOpen(tab)
  await expect.poll(() => leads(tab)).toBe(true)
  await append(tab, 'before')
  await expect.poll(() => server.texts()).toEqual(['before'])
  await tab.evaluate('globalThis.isFirst = true')
  expect(await tab.evaluate('[...page.listenedTo]')).toContain('pagehide')
  for (const kind of ['unload', 'beforeunload']) expect(await tab.evaluate('[...page.listenedTo]')).not.toContain(kind)
  expect(await tab.evaluate('[onunload, onbeforeunload]')).toEqual([null, null])

  // Another page on the same store, which leads now: had the first one kept its lock, it would be thrown out for it.
  await tab.evaluate(`location.href = '/?second'`)
  await expect.poll(() => tab.evaluate('location.search')).toBe('?second')
  await isOpen(tab)
  await expect.poll(() => leads(tab), { timeout: 20_000 }).toBe(true)
  await append(tab, 'meanwhile')
  await expect.poll(() => server.texts()).toEqual(['before', 'meanwhile'])

  await tab.evaluate('history.back()')
  await expect.poll(() => tab.evaluate('location.search')).toBe('')
  await isOpen(tab)
  expect(await tab.evaluate('page.returned')).toEqual([{ persisted: true, reasons: 'null' }])
  expect(await tab.evaluate('globalThis.isFirst')).toBe(true)
  await expect.poll(() => leads(tab), { timeout: 20_000 }).toBe(true)
  expect(await textsOf(tab)).toEqual(['before', 'meanwhile'])
  await append(tab, 'after')
  await expect.poll(() => server.texts()).toEqual(['before', 'meanwhile', 'after'])
})

test('C10 a tab that is closed right after an append was acknowledged has stored it', async ({
  server,
  browserOfTabs: browser,
}) => {
  const told: string[] = []
  for (let n = 0; n < 5; n++) {
    const tab = await browser.open(server.origin)
    await isOpen(tab)
    await tab.evaluate('page.pause()')
    expect(await append(tab, `${n}`)).toBe('stored')
    await tab.close()
    told.push(`${n}`)
  }
  const tab = await browser.open(server.origin)
  await isOpen(tab)
  expect(await textsOf(tab)).toEqual(told)
})

test('a leading tab that is frozen lets another lead, and stands for it again when it goes on', async ({
  server,
  browserOfTabs: browser,
}) => {
  const first = await browser.open(server.origin)
  await isOpen(first)
  await expect.poll(() => leads(first)).toBe(true)
  const second = await browser.open(server.origin)
  await isOpen(second)
  expect(await first.evaluate('document.visibilityState')).toBe('hidden')
  await first.freeze()
  await expect.poll(() => leads(second), { timeout: 20_000 }).toBe(true)
  await append(second, 'while it is frozen')
  await expect.poll(() => server.texts()).toEqual(['while it is frozen'])
  await first.resume()
  await expect.poll(() => textsOf(first)).toEqual(['while it is frozen'])
  expect(await leads(first)).toBe(false)
  await second.close()
  await append(first, 'after')
  await expect.poll(() => server.texts(), { timeout: 20_000 }).toEqual(['while it is frozen', 'after'])
})

test('a tab that is hidden appends very many events as fast as one that is seen', async ({
  server,
  browserOfTabs: browser,
}) => {
  const tab = await browser.open(server.origin)
  await isOpen(tab)
  await tab.evaluate('page.pause()')
  const seen = await tab.evaluate<number>('page.appendAll(20000)')
  await isOpen(await browser.open(server.origin))
  expect(await tab.evaluate('document.visibilityState')).toBe('hidden')
  // Else it would show nothing: here a timer that follows others is held up for a second.
  const held = `new Promise((done) => {
    const begun = performance.now()
    const again = (n) => setTimeout(() => (n === 0 ? done(performance.now() - begun) : again(n - 1)), 0)
    again(10)
  })`
  expect(await tab.evaluate<number>(held)).toBeGreaterThan(500)
  const counting = `(() => {
    const { setTimeout } = globalThis
    globalThis.zeros = 0
    globalThis.setTimeout = (task, ms) => {
      if (!(ms > 0)) zeros++
      return setTimeout(task, ms)
    }
  })()`
  await tab.evaluate(counting)
  expect(await tab.evaluate<number>('page.appendAll(20000)')).toBeLessThan(4 * seen + 1000)
  expect(await tab.evaluate('zeros')).toBe(0)
})

for (const [setting, answer] of [
  ['granted', true],
  ['denied', false],
] as const) {
  test(`C16 where keeping data is ${setting}, persist() and health say so, with usage, quota and what is not synced`, async ({
    server,
    browserOfTabs: browser,
  }) => {
    await browser.allow('persistent-storage', setting, server.origin)
    const tab = await browser.open(server.origin)
    await isOpen(tab)
    expect(await tab.evaluate('page.persist()')).toBe(answer)
    await expect.poll(() => tab.evaluate('page.stands().health.storage.persisted')).toBe(answer)
    expect(await tab.evaluate('page.stands().health')).toMatchObject({
      storage: {
        mode: 'indexeddb',
        persisted: answer,
        usageBytes: expect.any(Number),
        quotaBytes: expect.any(Number),
      },
      unsynced: { count: 0 },
      faulted: [],
    })
    await tab.evaluate('page.pause()')
    const before = Date.now()
    await append(tab, 'a')
    await append(tab, 'b')
    await expect.poll(() => tab.evaluate('page.stands().health.unsynced.count')).toBe(2)
    const oldest = Date.parse(await tab.evaluate('page.stands().health.unsynced.oldest'))
    expect(oldest).toBeGreaterThanOrEqual(before)
    expect(oldest).toBeLessThanOrEqual(Date.now())
  })
}
