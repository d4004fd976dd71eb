import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { THOROUGH, thorough } from '../support/thorough.ts'
import { slowStages } from './slow-stages.ts'
import { findThoroughTests } from './thorough.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

it('a test that tries less here tries all of it in the slow run', () => {
  const tests = findThoroughTests(root)
  expect(tests).toContain('test/sync/heals.test.ts')
  expect(tests).toContain('test/simulation/simulation.test.ts')
  expect(slowStages(root).map(({ name }) => name)).toContain('thorough')
})

it('how much is tried follows from what runs', () => {
  const before = process.env[THOROUGH]
  try {
    delete process.env[THOROUGH]
    expect(thorough(40, 12)).toBe(12)
    process.env[THOROUGH] = '1'
    expect(thorough(40, 12)).toBe(40)
  } finally {
    if (before === undefined) delete process.env[THOROUGH]
    else process.env[THOROUGH] = before
  }
})
