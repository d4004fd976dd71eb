import { expect, it } from 'vitest'
import { Prng } from '../../../../src/testing/chance/prng.ts'
import { FaultCounts } from '../../../../src/testing/simulator/world/fault-counts.ts'
import { Scheduler } from '../../../../src/testing/simulator/world/scheduler.ts'
import { SimDevice } from '../../../../src/testing/simulator/world/sim-platform.ts'

function setUp(onError?: (tab: string, message: string) => void) {
  const scheduler = new Scheduler()
  const options = { name: 'a', scheduler, prng: new Prng(1), counts: new FaultCounts() }
  return { scheduler, device: new SimDevice({ ...options, ...(onError === undefined ? {} : { onError }) }) }
}

it('gives ids that grow, are the same for the same seed, and differ between tabs', () => {
  const draw = () => {
    const { device } = setUp()
    const [one, two] = [device.openTab(), device.openTab()]
    return [one, two].map(({ platform }) => Array.from({ length: 5 }, () => platform.ids.next()))
  }
  const [one = [], two = []] = draw()
  expect(draw()).toEqual([one, two])
  expect([...one].sort()).toEqual(one)
  expect(new Set([...one, ...two]).size).toBe(10)
  for (const id of one) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

it('tells its tabs when the network comes and goes', () => {
  const { device } = setUp()
  const { connectivity } = device.openTab().platform
  const told: boolean[] = []
  const unsubscribe = connectivity.subscribe((isOnline) => told.push(isOnline))
  device.setOnline(false)
  device.setOnline(false)
  expect(connectivity.online()).toBe(false)
  device.setOnline(true)
  unsubscribe()
  device.setOnline(false)
  expect(told).toEqual([false, true])
})

it('hands on the errors of living tabs', () => {
  const errors: string[] = []
  const { device } = setUp((tab, message) => errors.push(`${tab}: ${message}`))
  const tab = device.openTab()
  tab.platform.logger.info('all is well')
  tab.platform.logger.error('it broke')
  tab.kill()
  tab.platform.logger.error('from the dead')
  expect(errors).toEqual(['a.1: it broke'])
})

it('lists the tabs that live', () => {
  const { device } = setUp()
  const [one, two] = [device.openTab(), device.openTab()]
  one.kill()
  expect(device.tabs).toEqual([two])
})
