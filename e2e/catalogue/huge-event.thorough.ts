import { expect, test } from '../lab/lab-test.ts'

const MAX_BYTES = 256 * 1024

test('C28: a text of 130 MiB, or one that no JSON can hold, is event-too-large before it is sent to the worker, whatever it takes to escape it', async ({
  openTab,
}) => {
  const page = await openTab()
  await page.evaluate(() => lab.open({ name: 'huge' }))
  await page.evaluate(() => {
    // A message costs as much as a copy of what is in it.
    const send = MessagePort.prototype.postMessage
    let sent = 0
    MessagePort.prototype.postMessage = function (this: MessagePort, message: unknown, ...rest: never[]) {
      sent += JSON.stringify(message)?.length ?? 0
      return send.call(this, message, ...rest)
    }
    Object.defineProperty(globalThis, 'charactersSent', { get: () => sent })
  })
  const count = () => page.evaluate(() => Number(Reflect.get(globalThis, 'charactersSent')))

  for (const { unit, bytesEach, mebibytes } of [
    { unit: 'x', bytesEach: 1, mebibytes: 130 },
    // Escaped, it is longer than any text can be.
    { unit: '\u0001', bytesEach: 6, mebibytes: 90 },
  ]) {
    const characters = mebibytes * 2 ** 20
    const before = await count()
    const answer = await page.evaluate(
      ([letter, times]) => lab.append({ stream: 'huge', text: letter.repeat(times) }),
      [unit, characters] as const,
    )
    expect(answer).toMatchObject({ code: 'event-too-large', details: { type: 'Written', max: MAX_BYTES } })
    const { bytes } = (answer as { details: { bytes: number } }).details
    expect(bytes).toBeGreaterThanOrEqual(characters)
    expect(bytes).toBeLessThanOrEqual(characters * bytesEach + 1024)
    // The page asks its worker now and then whether it is alive; that is all that may have been sent meanwhile.
    expect((await count()) - before).toBeLessThan(10_000)
  }

  // The store goes on, and holds nothing of them.
  expect(await page.evaluate(() => lab.append({ stream: 'huge', text: 'small' }))).toBe(1)
  expect(await count()).toBeGreaterThan(0)
  expect(await page.evaluate(() => lab.list('huge'))).toEqual([{ text: 'small', position: 1 }])
})
