import { openDexieSnapshots } from '../../src/storage/dexie/with-dexie.ts'
import { snapshotContract } from './snapshot-contract.ts'

let places = 0
snapshotContract('Dexie in Chromium', () => {
  const name = `snapshots ${performance.timeOrigin} ${++places}`
  return () => openDexieSnapshots(name)
})
