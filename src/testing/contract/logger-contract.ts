import type { Logger } from '../../platform/ports.ts'
import type { TestRunner } from './test-runner.ts'

/** What every `Logger` has to do: what is logged in the middle of something may not stop it, whatever becomes of the line. */
export function loggerContract({ describe, it, expect }: TestRunner, name: string, newLogger: () => Logger): void {
  const levels = ['error', 'info', 'debug'] as const

  describe(`logger contract: ${name}`, () => {
    it('takes a line of each level, with facts and without, and throws at none', async () => {
      const logger = newLogger()
      for (const level of levels) {
        logger[level]('said by the contract suite')
        logger[level]('said by the contract suite', {})
        logger[level]('said by the contract suite', { code: 'x', nothing: undefined, list: [1, { deep: null }] })
      }
    })

    it('takes a method without its object: it is handed on alone', async () => {
      const { error, info, debug } = newLogger()
      for (const say of [error, info, debug]) say('said by the contract suite', { n: 1 })
    })

    it('leaves the facts as they were, frozen ones too', async () => {
      const logger = newLogger()
      const facts = Object.freeze({ code: 'x', list: Object.freeze([1]) })
      for (const level of levels) logger[level]('said by the contract suite', facts)
      expect(facts).toEqual({ code: 'x', list: [1] })
    })
  })
}
