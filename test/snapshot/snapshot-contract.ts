import { describe, expect, it } from 'vitest'
import type { Snapshot, SnapshotStorage } from '../../src/snapshot/snapshot-storage.ts'

const snapshot = (change: Partial<Snapshot> = {}): Snapshot => ({
  ...{ aggregate: 'tasks', stream: 'tasks-a', version: 1, definitions: 'Done@1 Opened@1' },
  ...{
    device: 'd',
    authority: 'local',
    repairs: 0,
    position: 10,
    mark: { commit: 'c' },
    streamVersion: 4,
    state: { open: { t: ['tea'] } },
  },
  ...change,
})

/** What every storage of snapshots has to keep. `place` makes one that nobody has used; each call of what it answers opens it once more. */
export function snapshotContract(name: string, place: () => () => SnapshotStorage): void {
  describe(`snapshots in ${name}`, () => {
    it('come back as they were, each aggregate and stream for itself', async () => {
      const open = place()
      const storage = open()
      expect(await storage.load('tasks', 'tasks-a')).toBeUndefined()
      const others = [snapshot({ stream: 'tasks-b', state: 2 }), snapshot({ aggregate: 'notes', state: 3 })]
      for (const each of [snapshot(), ...others]) await storage.save(each)
      storage.close()
      const again = open()
      for (const each of [snapshot(), ...others]) expect(await again.load(each.aggregate, each.stream)).toEqual(each)
      again.close()
    })

    it('are copies', async () => {
      const storage = place()()
      const state = { open: ['tea'] }
      await storage.save(snapshot({ state }))
      state.open.push('cake')
      const loaded = await storage.load('tasks', 'tasks-a')
      expect(loaded?.state).toEqual({ open: ['tea'] })
      storage.close()
    })

    it.each<[string, boolean, Partial<Snapshot>]>([
      ['further on', true, { position: 11 }],
      ['not as far', false, { position: 9 }],
      ['as far', false, {}],
      ['of a newer version', true, { version: 2, position: 1 }],
      ['of an older version', false, { version: 0, position: 99 }],
      ['of other definitions', true, { definitions: 'Done@2 Opened@1', position: 1 }],
      ['of another device', true, { device: 'e', position: 1 }],
      ['of another authority', true, { authority: 'server:x', position: 1 }],
      ['of a repaired log', true, { repairs: 1, position: 1 }],
    ])('one that is %s takes the place of another: %s', async (_what, isTaken, change) => {
      const storage = place()()
      await storage.save(snapshot())
      const next = snapshot({ state: 'next', ...change })
      await storage.save(next)
      expect(await storage.load('tasks', 'tasks-a')).toEqual(isTaken ? next : snapshot())
      storage.close()
    })

    it('one that is not as far takes the place of one that was refused, and of one from before there were marks', async () => {
      const pairs: readonly (readonly [stored: Snapshot, refused: Snapshot | undefined])[] = [
        [snapshot(), snapshot()],
        [snapshot({ mark: undefined }), undefined],
      ]
      for (const [stored, refused] of pairs) {
        const storage = place()()
        await storage.save(stored)
        const next = snapshot({ position: 3, mark: { commit: 'x' } })
        await storage.save(next, refused)
        expect(await storage.load('tasks', 'tasks-a')).toEqual(next)
        // What was refused is not there any more: the next one has to be further on again.
        await storage.save(snapshot({ position: 2 }), refused)
        expect(await storage.load('tasks', 'tasks-a')).toEqual(next)
        storage.close()
      }
    })

    it('saved by two tabs at once leave the one that is further on', async () => {
      const open = place()
      const tabs = [open(), open()]
      const positions = [11, 14, 12, 13]
      await Promise.all(positions.map((position, index) => tabs[index % 2]?.save(snapshot({ position }))))
      expect((await open().load('tasks', 'tasks-a'))?.position).toBe(14)
      for (const tab of tabs) tab.close()
    })
  })
}
