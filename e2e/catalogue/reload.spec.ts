import { expect, test } from '../lab/lab-test.ts'

const RELOADS = 6
const LANES = 20
const SIZE = 3

test('C08: a reload in the middle of appends loses nothing that was acknowledged, and tears nothing', async ({
  openTab,
}) => {
  const page = await openTab()
  for (let run = 1; run <= RELOADS; run++) {
    await page.evaluate(() => lab.open({ name: 'reload' }))
    await page.evaluate((options) => lab.appendForEver(options), { stream: 'reload', run, size: SIZE, lanes: LANES })
    const enough = ([prefix, count]: readonly [string, number]) =>
      Object.keys(sessionStorage).filter((key) => key.startsWith(prefix)).length > count
    await page.waitForFunction(enough, [`stored ${run}/`, run * 37] as const, { polling: 5 })
    await page.reload()
  }

  await page.evaluate(() => lab.open({ name: 'reload' }))
  const keys = await page.evaluate(() => Object.keys(sessionStorage))
  const noted = (what: string) => keys.filter((key) => key.startsWith(what)).map((key) => key.slice(what.length + 1))
  const begun = new Set(noted('begun'))
  const acknowledged = new Set(noted('stored'))
  // Otherwise nothing was in flight at any reload, and this proves nothing.
  expect(begun.size - acknowledged.size).toBeGreaterThan(LANES)

  const stored = await page.evaluate(() => lab.list('reload'))
  expect(stored.map(({ position }) => position)).toEqual(stored.map((_, index) => index + 1))
  const commits = new Map<string, string[]>()
  for (const { text } of stored) {
    const [run, call, index = ''] = text.split('/')
    const commit = `${run}/${call}`
    commits.set(commit, [...(commits.get(commit) ?? []), index])
  }
  expect([...acknowledged].filter((commit) => !commits.has(commit))).toEqual([])
  expect([...commits.values()].filter((indexes) => indexes.join() !== '0,1,2')).toEqual([])
  expect([...commits.keys()].filter((commit) => !begun.has(commit))).toEqual([])
  // What a screen shows is what is stored: an event is there, or never was.
  expect(await page.evaluate(() => lab.texts('reload'))).toEqual(stored.map(({ text }) => text))
})
