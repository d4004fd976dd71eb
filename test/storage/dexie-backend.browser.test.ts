import { describe, expect, it } from 'vitest'
import { systemClock as realClock } from '../../src/platform/system-clock.ts'
import { openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import { storageContract } from '../../src/testing/contract/storage-contract.ts'

let places = 0

storageContract({ describe, it, expect }, 'Dexie in this browser', () => {
  const name = `larder-contract-${places++}`
  return { open: () => openDexieStorage(name, { clock: realClock }) }
})
