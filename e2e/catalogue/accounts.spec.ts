import { expect, test } from '../lab/lab-test.ts'

test('C58: accounts on one device share nothing, and signing out with something unsynced asks what becomes of it', async ({
  openTab,
  profile,
}) => {
  const sent: { readonly path: string; readonly body: string }[] = []
  profile.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.startsWith('/sync-')) sent.push({ path: pathname, body: request.postData() ?? '' })
  })
  const page = await openTab()
  // Nobody answers at these addresses: all stays unsynced.
  const open = (account: string) =>
    page.evaluate((of) => lab.open({ name: 'accounts', account: of, syncUrl: `/sync-${of}` }), account)
  const append = (text: string) => page.evaluate((given) => lab.append({ stream: 'notes', text: given }), text)
  const texts = () => page.evaluate(() => lab.texts('notes'))
  const databases = () => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))
  const hasSent = (path: string, text: string) =>
    sent.some((each) => each.path.startsWith(path) && each.body.includes(text))

  await open('ann')
  await append('a secret of Ann')
  await expect.poll(() => hasSent('/sync-ann', 'a secret of Ann')).toBe(true)
  expect(await page.evaluate(() => lab.signOut())).toEqual({
    code: 'unsynced',
    details: { pending: 1, deadLetters: 0 },
  })
  expect(await texts()).toEqual(['a secret of Ann'])
  expect(await page.evaluate(() => lab.signOut('keep'))).toEqual({ destroyed: false, backup: undefined })
  expect(await append('too late')).toMatchObject({ code: 'closed' })

  await open('bob')
  expect(await texts()).toEqual([])
  await append('a note of Bob')
  await expect.poll(() => hasSent('/sync-bob', 'a note of Bob')).toBe(true)
  expect(hasSent('/sync-bob', 'secret')).toBe(false)
  expect(await databases()).toEqual(expect.arrayContaining(['larder/accounts/ann', 'larder/accounts/bob']))
  expect(await page.evaluate(() => lab.signOut('discard'))).toEqual({ destroyed: true, backup: undefined })
  expect((await databases()).filter((name) => name?.includes('/bob'))).toEqual([])

  await open('ann')
  expect(await texts()).toEqual(['a secret of Ann'])
  expect(await page.evaluate(() => lab.signOut('export'))).toEqual({ destroyed: false, backup: 1 })
  await open('ann')
  expect(await texts()).toEqual(['a secret of Ann'])
})
