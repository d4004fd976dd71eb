import { describe, expect, it } from 'vitest'
import { gzipCodec } from '../../../src/platform/gzip-codec.ts'
import { openTabChannel } from '../../../src/platform/tab-channel.ts'
import { createUuidIds } from '../../../src/platform/uuid-ids.ts'
import { WebLocks } from '../../../src/platform/web-locks.ts'
import { channelContract } from '../../../src/testing/contract/channel-contract.ts'
import { codecContract } from '../../../src/testing/contract/codec-contract.ts'
import { idsContract } from '../../../src/testing/contract/ids-contract.ts'
import { locksContract } from '../../../src/testing/contract/locks-contract.ts'
import { createTestLarder } from '../../../src/testing/test-larder.ts'
import { TestServer } from '../../../src/testing/test-server.ts'
import { journal, noted, notes } from '../../support/notes.ts'

const runner = { describe, it, expect }
let places = 0

locksContract(runner, 'Web Locks', () => {
  const place = ++places
  return {
    open: () => {
      const locks = new WebLocks(navigator.locks)
      return { hold: (name, signal, work) => locks.hold(`${name} of ${place}`, signal, work) }
    },
  }
})

channelContract(runner, 'BroadcastChannel', () => {
  const place = ++places
  return { open: (name) => openTabChannel(`${name} of ${place}`) }
})

codecContract(runner, 'gzip in this browser', () => {
  const codec = gzipCodec()
  if (codec === undefined) throw new Error('There is no gzip here')
  return codec
})

idsContract(runner, 'in this browser', () => createUuidIds(() => Date.now()))

describe('the kit in a browser', () => {
  it('opens a store whose time is in the hands of the test', async () => {
    const server = new TestServer(notes)
    const test = await createTestLarder(notes, { sync: server })
    await test.larder.append(noted('a'))
    await test.clock.advance(3_600_000)
    expect([await test.larder.get(journal, { layer: 'confirmed' }), (await server.accepted()).length]).toEqual([
      ['a'],
      1,
    ])
    await test.close()
    expect(test.clock.waiting).toBe(0)
  })
})
