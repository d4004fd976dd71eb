import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { describe, expect, it } from 'vitest'
import { systemClock as realClock } from '../../src/platform/system-clock.ts'
import { openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import { storageContract } from '../../src/testing/contract/storage-contract.ts'

storageContract({ describe, it, expect }, 'Dexie on fake-indexeddb', () => {
  const indexedDB = new IDBFactory()
  return { open: () => openDexieStorage('larder', { clock: realClock, indexedDB, IDBKeyRange }) }
})
