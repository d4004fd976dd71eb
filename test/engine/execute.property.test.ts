import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLarderError } from '../../src/errors.ts'
import { Device } from '../support/device.ts'
import { taskServer } from '../support/task-server.ts'
import { MOST_OPEN, Opened, Read, taskDomain, tasks } from '../support/tasks.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

/** The rules of `tasks`, said once more, over what was stored. */
class Oracle {
  readonly open = new Set<string>()
  done = 0

  take(type: string, task: string): void {
    if (type === 'Opened') this.open.add(task)
    else if (this.open.delete(task)) this.done++
    else throw new Error(`${task} was finished, and was not open`)
    if (this.open.size > MOST_OPEN) throw new Error('too many are open')
  }
}

const command = fc.record({
  tab: fc.nat(1),
  list: fc.constantFrom('a', 'a', 'b'),
  do: fc.oneof(
    fc.record({ name: fc.constant('open' as const), task: fc.constantFrom('1', '2', '3', '4', '5') }),
    fc.record({ name: fc.constant('finish' as const), task: fc.constantFrom('1', '2', '3', '4', '5') }),
    fc.record({ name: fc.constantFrom('finishAll', 'read', 'sync') }),
  ),
  /** Whether the next one is given only when this one is answered. */
  isAwaited: fc.boolean(),
})

describe('commands of two tabs', () => {
  it.each([false, true])(
    'keep every rule, lose no update, and answer what is stored, however they overlap (synced: %s)',
    async (isSynced) => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { maxLength: 30 }), async (given) => {
          const clock = new VirtualClock()
          const device = new Device(1, clock)
          const options = { domain: taskDomain, ...(isSynced ? { server: taskServer() } : {}) }
          const tabs = [await device.openTab(options), await device.openTab(options)]
          const running: Promise<void>[] = []
          const stored: string[] = []
          const refusals = new Set<string>()
          for (const { tab, list, do: what, isAwaited } of given) {
            const larder = tabs[tab]
            if (larder === undefined) continue
            const execution = larder.execute(tasks, list)
            const work = async () => {
              if (what.name === 'open') return (await execution.open({ title: 't', task: what.task })).eventIds
              if (what.name === 'finish') return (await execution.finish(what.task)).eventIds
              if (what.name === 'finishAll') return (await execution.finishAll()).eventIds
              if (what.name === 'sync') return larder.sync.now().then(() => [])
              return (await larder.append(Read({}, { stream: `tasks-${list}` }))).eventIds
            }
            const run = work().then(
              (ids) => void stored.push(...ids),
              (error: unknown) => {
                if (!isLarderError(error, 'refused')) throw error
                refusals.add(error.details.reason)
              },
            )
            running.push(run)
            if (isAwaited) await run
          }
          await Promise.all(running)
          const [first, second] = tabs
          if (first === undefined || second === undefined) return
          const written: string[] = []
          for (const list of ['a', 'b']) {
            const oracle = new Oracle()
            const { events } = await second.events({ stream: `tasks-${list}`, limit: 1000 })
            for (const { id, type, data } of events) {
              written.push(id)
              if (type !== 'Read') oracle.take(type, (data as { task: string }).task)
            }
            const { state, version } = await first.load(tasks, list)
            expect([Object.keys(state.open).sort(), state.done]).toEqual([[...oracle.open].sort(), oracle.done])
            expect(version).toBe(events.length)
          }
          expect(stored.sort()).toEqual(written.sort())
          for (const reason of refusals) expect(['too-many', 'not-open']).toContain(reason)
        }),
        { numRuns: 60 },
      )
    },
    120_000,
  )

  it('are refused exactly where they are given one after another and the rules say so', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (given) => {
        const device = new Device(1, new VirtualClock())
        const tabs = [await device.openTab({ domain: taskDomain }), await device.openTab({ domain: taskDomain })]
        const open = new Set<string>()
        for (const { tab, do: what } of given) {
          const larder = tabs[tab]
          if (larder === undefined || what.name === 'read' || what.name === 'sync') continue
          const execution = larder.execute(tasks, 'a')
          if (what.name === 'finishAll') {
            expect((await execution.finishAll()).eventIds).toHaveLength(open.size)
            open.clear()
            continue
          }
          if (!('task' in what)) continue
          const { task } = what
          const isAllowed = what.name === 'open' ? open.size < MOST_OPEN : open.has(task)
          const run = what.name === 'open' ? execution.open({ title: 't', task }) : execution.finish(task)
          const outcome = await run.then(
            () => 'stored',
            (error: unknown) => (isLarderError(error, 'refused') ? error.details.reason : 'failed'),
          )
          expect(outcome).toBe(isAllowed ? 'stored' : what.name === 'open' ? 'too-many' : 'not-open')
          if (isAllowed && what.name === 'open') open.add(task)
          else if (isAllowed) open.delete(task)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('reach a server, which accepts each of them', async () => {
    const server = taskServer()
    const clock = new VirtualClock()
    const device = new Device(1, clock)
    const larder = await device.openTab({ domain: taskDomain, server })
    await Promise.all(['1', '2', '3'].map((task) => larder.execute(tasks, 'a').open({ title: 't', task })))
    await larder.execute(tasks, 'a').finish('2')
    await clock.advance(60_000)
    await larder.sync.now()
    expect(await larder.deadLetters.list()).toEqual([])
    const { events } = await larder.events({ stream: 'tasks-a', types: [Opened] })
    expect(events.map(({ position }) => position)).toEqual([1, 2, 3])
    expect(await larder.load(tasks, 'a')).toMatchObject({ version: 4, state: { done: 1 } })
  })
})
