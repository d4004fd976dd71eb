import { expect, test } from '../lab/lab-test.ts'

const MAX_BYTES = 256 * 1024

test('C28: an event at the limit is stored and read back, and one of a byte more is event-too-large and is not', async ({
  openTab,
}) => {
  const page = await openTab()
  await page.evaluate(() => lab.open({ name: 'large' }))
  const append = (characters: number) =>
    page.evaluate((count) => lab.append({ stream: 'large', text: 'x'.repeat(count) }), characters)
  const tooLarge = (bytes: number) => ({ code: 'event-too-large', details: { type: 'Written', bytes, max: MAX_BYTES } })
  const megabyte = await append(2 ** 20)
  expect(megabyte).toMatchObject({ code: 'event-too-large' })
  // What the event has beside its text.
  const rest = (megabyte as { details: { bytes: number } }).details.bytes - 2 ** 20
  expect(await append(MAX_BYTES - rest + 1)).toMatchObject(tooLarge(MAX_BYTES + 1))
  expect(await append(MAX_BYTES - rest)).toBe(1)
  await page.reload()
  await page.evaluate(() => lab.open({ name: 'large' }))
  const stored = await page.evaluate(() => lab.list('large'))
  expect(stored.map(({ text, position }) => [text.length, position])).toEqual([[MAX_BYTES - rest, 1]])
})
