import { MemoryServerLog } from '@larder/sdk/server'
import { serverLogContract } from '@larder/sdk/testing'
import { describe, expect, it } from 'vitest'

let epochs = 0
serverLogContract({ describe, it, expect }, 'a log in memory', async () => {
  return new MemoryServerLog({ newEpoch: () => `epoch-${++epochs}` })
})
