import { describe, expectTypeOf, it } from 'vitest'
import type { DeadLetterReports } from '../../server/index.ts'
import { deadLetterReportsContract, type TestRunner } from '../../src/testing/index.ts'

declare const runner: TestRunner
declare const mine: DeadLetterReports & { readonly file: string }

describe('the contract of dead letter reports', () => {
  it('closes what it opened, for what that is', () => {
    deadLetterReportsContract(
      runner,
      'a file',
      async () => mine,
      async (reports) => {
        expectTypeOf(reports).toEqualTypeOf<typeof mine>()
      },
    )
  })

  it('takes nothing that keeps no reports', () => {
    // @ts-expect-error a list of an account is missing
    deadLetterReportsContract(runner, 'half', async () => ({ save: mine.save }))
  })
})
