import type { Ids } from '../../platform/ports.ts'
import type { TestRunner } from './test-runner.ts'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** What every `Ids` has to do. `newIds` answers another source each time, as another tab has one. */
export function idsContract({ describe, it, expect }: TestRunner, name: string, newIds: () => Ids): void {
  const many = (ids: Ids, count: number): string[] => Array.from({ length: count }, () => ids.next())

  describe(`ids contract: ${name}`, () => {
    it('are lower-case UUIDs of version 7', async () => {
      expect(many(newIds(), 500).filter((id) => !UUID_V7.test(id))).toEqual([])
    })

    it('grow with every call', async () => {
      const ids = many(newIds(), 5000)
      expect(ids.filter((id, index) => index > 0 && id <= (ids[index - 1] ?? ''))).toEqual([])
    })

    it('are never those of another source', async () => {
      const ids = Array.from({ length: 20 }, () => many(newIds(), 200)).flat()
      expect(new Set(ids).size).toBe(ids.length)
    })
  })
}
