import type { Platform } from '../../platform/ports.ts'
import type { TestRunner } from './test-runner.ts'

/** What every `nextTurn` of a `Platform` has to do. `newNextTurn` answers another one each time; of a virtual machine, one whose time goes on by itself. */
export function nextTurnContract(
  { describe, it, expect }: TestRunner,
  name: string,
  newNextTurn: () => Platform['nextTurn'],
): void {
  describe(`next turn contract: ${name}`, () => {
    it('comes when all has run that waits for nothing but promises', async () => {
      const nextTurn = newNextTurn()
      let count = 0
      const chain = async (): Promise<void> => {
        for (; count < 1000; count++) await Promise.resolve()
      }
      void chain()
      await nextTurn()
      expect(count).toBe(1000)
    })

    it('comes to all who wait, in the order in which they began', async () => {
      const nextTurn = newNextTurn()
      const came: number[] = []
      await Promise.all([1, 2, 3].map((n) => nextTurn().then(() => came.push(n))))
      expect(came).toEqual([1, 2, 3])
    })

    it('comes again and again', async () => {
      const nextTurn = newNextTurn()
      for (let turn = 0; turn < 100; turn++) await nextTurn()
    })
  })
}
