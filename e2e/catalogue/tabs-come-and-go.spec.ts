import { createRandom } from '../crash/random.ts'
import { expect, test } from '../lab/lab-test.ts'

const TABS = 20
const APPENDS = 5

/** Tabs that hold the lock for syncing, and tabs that wait for it: by its name, whichever store it is of. */
async function countLeaders(): Promise<[held: number, waiting: number]> {
  const { held = [], pending = [] } = await navigator.locks.query()
  const isSync = ({ name }: LockInfo) => name?.startsWith('larder:sync:') === true
  return [held.filter(isSync).length, pending.filter(isSync).length]
}

test('C40: twenty tabs that open, append and close in any order leave every append, and one leader', async ({
  openTab,
}) => {
  const random = createRandom(40)
  const acknowledged: string[] = []
  let mostLeaders = 0
  const options = { name: 'come-and-go', syncUrl: '/unreachable' }
  const last = await openTab()
  await last.evaluate((given) => lab.open(given), options)

  const visit = async (number: number) => {
    const tab = await openTab()
    expect(await tab.evaluate((given) => lab.open(given), options)).toBe('indexeddb')
    mostLeaders = Math.max(mostLeaders, ...(await tab.evaluate(countLeaders)).slice(0, 1))
    for (let index = 0; index < APPENDS; index++) {
      const text = `${number}/${index}`
      expect(await tab.evaluate((given) => lab.append({ stream: 'all', text: given }), text)).toBe(undefined)
      acknowledged.push(text)
    }
    // Half of them say goodbye, the others are just closed.
    if (random() < 0.5) await tab.evaluate(() => lab.close())
    await tab.close()
  }
  const waiting = Array.from({ length: TABS }, (_, index) => index)
  const lane = async () => {
    while (waiting.length > 0) {
      const [next = 0] = waiting.splice(Math.floor(random() * waiting.length), 1)
      await visit(next)
    }
  }
  await Promise.all([lane(), lane(), lane(), lane(), lane()])

  const stored = await last.evaluate(() => lab.list('all'))
  expect(stored.map(({ text }) => text).toSorted()).toEqual(acknowledged.toSorted())
  await expect.poll(() => last.evaluate(countLeaders)).toEqual([1, 0])
  expect(mostLeaders).toBe(1)
})
