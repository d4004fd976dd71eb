import { expect, it } from 'vitest'
import { Prng } from '../../../../src/testing/chance/prng.ts'
import { Actor } from '../../../../src/testing/simulator/world/actor.ts'
import { FaultCounts } from '../../../../src/testing/simulator/world/fault-counts.ts'
import { Scheduler } from '../../../../src/testing/simulator/world/scheduler.ts'
import { SimChannels } from '../../../../src/testing/simulator/world/sim-channel.ts'

function setUp(loss = 0) {
  const scheduler = new Scheduler()
  const counts = new FaultCounts()
  const channels = new SimChannels({ prng: new Prng(1), counts, loss })
  const tab = (name: string, channelName = 'larder') => {
    const actor = new Actor(name, scheduler)
    const heard: unknown[] = []
    const channel = channels.open(actor, channelName)
    channel.subscribe((message) => heard.push(message))
    return { actor, channel, heard }
  }
  return { scheduler, counts, tab }
}

it('carries copies to all others of the same name, in order and after a while, and not back', async () => {
  const { scheduler, tab } = setUp()
  const [sender, one, two, stranger] = [tab('s'), tab('one'), tab('two'), tab('x', 'other')]
  const message = { n: [0] }
  for (let n = 0; n < 20; n++) {
    message.n[0] = n
    sender.channel.post(message)
  }
  expect(one.heard).toEqual([])
  await scheduler.run()
  const expected = Array.from({ length: 20 }, (_, n) => ({ n: [n] }))
  expect(one.heard).toEqual(expected)
  expect(two.heard).toEqual(expected)
  expect([sender.heard, stranger.heard]).toEqual([[], []])
})

it('loses messages, each for itself, and counts them', async () => {
  const { scheduler, counts, tab } = setUp(0.5)
  const [sender, one, two] = [tab('s'), tab('one'), tab('two')]
  for (let n = 0; n < 200; n++) sender.channel.post(n)
  await scheduler.run()
  expect(one.heard).not.toEqual(two.heard)
  expect(counts.of('message-lost')).toBe(400 - one.heard.length - two.heard.length)
  expect(counts.of('message-lost')).toBeGreaterThan(150)
  expect(counts.of('message-lost')).toBeLessThan(250)
})

it('is silent for a tab that closed it, or died', async () => {
  const { scheduler, tab } = setUp()
  const [sender, closed, dead] = [tab('s'), tab('closed'), tab('dead')]
  sender.channel.post('before')
  closed.channel.close()
  dead.actor.kill()
  dead.channel.post('from the dead')
  await scheduler.run()
  expect([sender.heard, closed.heard, dead.heard]).toEqual([[], [], []])
})
