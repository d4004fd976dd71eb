import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LocalLocks } from '../../src/platform/local-locks.ts'
import type { CheckpointStorage } from '../../src/projection/checkpoint-storage.ts'
import { ProjectionDevice, type ProjectionTab } from '../support/projection-tab.ts'
import { thorough } from '../support/thorough.ts'
import { settled } from '../support/virtual-clock.ts'

/** What happens to the next call of a tab's storage: nothing, an error before it is done or behind it, or no answer, as in a tab that is killed. */
type Mishap = 'none' | 'fails' | 'fails-behind' | 'hangs' | 'hangs-behind'

/** One tab's way to the checkpoints of the device; each call takes the next mishap. */
class MishapStorage implements CheckpointStorage {
  readonly #inner: CheckpointStorage
  readonly #mishaps: Mishap[]

  constructor(inner: CheckpointStorage, mishaps: readonly Mishap[]) {
    this.#inner = inner
    this.#mishaps = [...mishaps]
  }

  load: CheckpointStorage['load'] = (...given) => this.#meet(() => this.#inner.load(...given))
  save: CheckpointStorage['save'] = (change) => this.#meet(() => this.#inner.save(change))
  want: CheckpointStorage['want'] = (...given) => this.#meet(() => this.#inner.want(...given))
  forget: CheckpointStorage['forget'] = (...given) => this.#meet(() => this.#inner.forget(...given))
  close(): void {}

  async #meet<T>(call: () => Promise<T>): Promise<T> {
    const mishap = this.#mishaps.shift() ?? 'none'
    if (mishap === 'fails') throw new Error('failed')
    if (mishap === 'hangs') return new Promise(() => undefined)
    const answer = await call()
    if (mishap === 'fails-behind') throw new Error('failed behind')
    return mishap === 'hangs-behind' ? new Promise(() => undefined) : answer
  }
}

const mishap = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Mishap>('none') },
  { weight: 3, arbitrary: fc.constantFrom<Mishap>('fails', 'fails-behind', 'hangs', 'hangs-behind') },
)
const action = fc.record({
  tab: fc.nat(1),
  do: fc.constantFrom('append', 'append', 'append', 'look', 'save', 'close', 'kill', 'rebuild'),
  day: fc.constantFrom('mon', 'tue'),
  version: fc.constantFrom(1, 1, 2),
  mishaps: fc.array(mishap, { maxLength: 6 }),
})

it('two tabs, of two versions, that save, rebuild, fail and are killed at every step of the storage show what the log gives', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 24 }), async (actions) => {
      const device = new ProjectionDevice()
      const tabs: ({ tab: ProjectionTab; version: number } | undefined)[] = []
      const log: { text: string; day: string }[] = []
      const furthest = new Map<string, number>()
      const expected = (version: number, day: string) =>
        log.filter((each) => each.day === day).map(({ text }) => `${version} ${text}`)
      const look = async (tab: ProjectionTab, version: number, day: string) => {
        const state = tab.state(day)
        // A storage without an answer is waited for no longer than this.
        await device.clock.advance(3000)
        expect(await state).toEqual(expected(version, day))
      }
      /** What is stored is never wrong, and never goes back within a build. */
      const checkStored = async () => {
        for (const version of [1, 2]) {
          const { stored } = await device.checkpoints.load('days', version)
          if (stored === undefined) continue
          const { build, position } = stored.head
          const texts = new Map(stored.states)
          for (const day of ['mon', 'tue']) {
            const front = log.slice(0, position).filter((each) => each.day === day)
            expect(texts.get(day) ?? []).toEqual(front.map(({ text }) => `${version} ${text}`))
          }
          // Forgotten ones begin again.
          const key = `${version}/${build}`
          if (version === 2) expect(position).toBeGreaterThanOrEqual(furthest.get(key) ?? 0)
          furthest.set(key, position)
        }
      }
      for (const { tab: index, do: what, day, version, mishaps } of actions) {
        const open = async () => {
          const checkpoints = new MishapStorage(device.checkpoints, mishaps)
          // The locks of a tab that is killed are let go of; those of one that hangs are not waited for here.
          return { tab: await device.open({ version, checkpoints, locks: new LocalLocks() }), version }
        }
        tabs[index] ??= await open()
        const { tab, version: own } = tabs[index]
        if (what === 'append') {
          const text = `${log.length}`
          await tab.append(text, day)
          log.push({ text, day })
        }
        if (what === 'look') await look(tab, own, day)
        if (what === 'save') await device.clock.advance(1000)
        if (what === 'rebuild') {
          tab.projector.rebuild('days').catch(() => undefined)
          await settled()
        }
        if (what === 'close') {
          const closed = tab.close()
          await device.clock.advance(4000)
          await closed
        }
        if (what === 'kill') tab.kill()
        if (what === 'close' || what === 'kill') tabs[index] = undefined
        await checkStored()
      }
      for (const version of [1, 2]) {
        const last = await device.open({ version })
        for (const day of ['mon', 'tue']) await look(last, version, day)
        await checkStored()
      }
    }),
    { numRuns: thorough(300, 120) },
  )
})
