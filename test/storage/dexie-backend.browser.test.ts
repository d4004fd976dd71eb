import { describe, expect, it } from 'vitest'
import { openDexieStorage } from '../../src/storage/dexie/dexie-backend.ts'
import { storageContract } from '../../src/testing/contract/storage-contract.ts'
import { realClock } from './real-clock.ts'

let places = 0

storageContract({ describe, it, expect }, 'Dexie in this browser', () => {
  const name = `larder-contract-${places++}`
  return { open: () => openDexieStorage(name, { clock: realClock }) }
})
