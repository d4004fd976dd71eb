/** The kit's storage that fails, under the name of before. */
export { FaultyStorage as FaultyBackend } from '../../src/testing/faults/faulty-storage.ts'
