import type { BareTab } from './bare-browser.ts'
import { append, expect, isOpen, leads, test, textsOf } from './lifecycle-test.ts'

/** Chromium lets writes pass for as long as what it last knew of the quota is not older than 30 s. */
const QUOTA_IS_KNOWN_AGAIN_MS = 31_000

/** A checkpoint is saved a second after what it is of. */
const CHECKPOINT_IS_TRIED_MS = 3000

const large = (name: string) => `${name} `.padEnd(200_000, 'x')

async function limitQuota(tab: BareTab, origin: string): Promise<void> {
  const { usage } = await tab.send('Storage.getUsageAndQuota', { origin })
  await tab.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: Number(usage) + 1 })
  expect(await tab.send('Storage.getUsageAndQuota', { origin })).toMatchObject({ overrideActive: true })
  await new Promise((resolve) => setTimeout(resolve, QUOTA_IS_KNOWN_AGAIN_MS))
}

test('C11 a device that is full refuses an append with usage and quota, stores no half of anything, still sends, and goes on when there is room', async ({
  server,
  browserOfTabs: browser,
}) => {
  const tab = await browser.open(server.origin)
  await isOpen(tab)
  await expect.poll(() => leads(tab)).toBe(true)
  await append(tab, 'synced')
  await expect.poll(() => server.texts()).toEqual(['synced'])
  await tab.evaluate('page.pause()')
  await append(tab, 'pending')
  expect(await textsOf(tab)).toEqual(['synced', 'pending'])
  await limitQuota(tab, server.origin)
  try {
    expect(await append(tab, large('refused'))).toEqual({
      code: 'storage-full',
      details: { usage: expect.any(Number), quota: expect.any(Number) },
    })
    expect(await textsOf(tab)).toEqual(['synced', 'pending'])

    // Folded for the first time: its checkpoint is new, and there is no room for it.
    expect(await checkpointsOf(tab)).toEqual(['jots'])
    expect(await tab.evaluate('page.count()')).toBe(2)
    await new Promise((resolve) => setTimeout(resolve, CHECKPOINT_IS_TRIED_MS))
    expect(await checkpointsOf(tab)).toEqual(['jots'])
    expect(await tab.evaluate('page.count()')).toBe(2)

    await server.append(large('of another'))
    await tab.evaluate('page.resume()')
    await expect.poll(async () => (await server.texts()).map(firstWord)).toEqual(['synced', 'of', 'pending'])
    await expect.poll(() => tab.evaluate('page.stands().problem')).toBe('storage-full')
    // What could not be taken in whole is not taken in at all.
    expect(await textsOf(tab)).toEqual(['synced', 'pending'])
  } finally {
    await tab.send('Storage.overrideQuotaForOrigin', { origin: server.origin })
  }

  await expect.poll(() => append(tab, 'after'), { timeout: 60_000, intervals: [2000] }).toBe('stored')
  await expect
    .poll(async () => (await textsOf(tab)).map(firstWord), { timeout: 60_000 })
    .toEqual(['synced', 'of', 'pending', 'after'])
  await expect.poll(() => tab.evaluate('page.stands().state'), { timeout: 60_000 }).toBe('idle')
  expect((await server.texts()).map(firstWord)).toEqual(['synced', 'of', 'pending', 'after'])
  expect(await tab.evaluate('page.count()')).toBe(4)
  await expect.poll(() => checkpointsOf(tab), { timeout: 60_000 }).toEqual(['count', 'jots'])
})

async function checkpointsOf(tab: BareTab): Promise<readonly string[]> {
  return (await tab.evaluate<readonly string[]>('page.checkpoints()')).toSorted()
}

function firstWord(text: string): string {
  return text.split(' ', 1)[0] ?? ''
}
