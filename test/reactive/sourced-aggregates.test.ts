import { beforeEach, describe, expect, it } from 'vitest'
import { defineAggregate, defineDomain } from '../../src/domain.ts'
import { loadAggregate } from '../../src/engine/load-aggregate.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Snapshots } from '../../src/snapshot/snapshots.ts'
import { MemorySnapshots } from '../../src/storage/memory/memory-snapshots.ts'
import { Device } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { GoalSet, UserAggregate, UserRegistered, users } from '../support/user-aggregate.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

let larder: Larder
let other: Larder

beforeEach(async () => {
  const device = new Device(1, new VirtualClock())
  larder = await device.openTab({ domain: users })
  other = await device.openTab({ domain: users })
})

describe('an aggregate that is a class', () => {
  it('is loaded, also when it is new, applied to, and saved', async () => {
    const user = await larder.load(UserAggregate, '123')
    expect(user).toBeInstanceOf(UserAggregate)
    expect(user).toMatchObject({ id: '123', version: 0, email: '' })
    user.apply(UserRegistered({ email: 'ann@example.com' }))
    user.setGoal('calories', 2000)
    expect(user).toMatchObject({ email: 'ann@example.com', goals: { calories: 2000 }, version: 0 })
    expect(user.uncommitted.map(({ type }) => type)).toEqual(['UserRegistered', 'GoalSet'])
    const receipt = await larder.save(user)
    expect(receipt.eventIds).toHaveLength(2)
    expect(user).toMatchObject({ version: 2, uncommitted: [] })
    const loaded = await other.load(UserAggregate, '123')
    expect(loaded).toMatchObject({ version: 2, email: 'ann@example.com', goals: { calories: 2000 }, units: ['kcal'] })
    expect(loaded.describe()).toBe('123: ann@example.com')
  })

  it('is not saved over what another tab has saved, and can be saved again and again', async () => {
    const [mine, theirs] = [await larder.load(UserAggregate, '1'), await other.load(UserAggregate, '1')]
    mine.apply(UserRegistered({ email: 'a' }))
    theirs.apply(UserRegistered({ email: 'b' }))
    await larder.save(mine)
    expect(await failureOf(() => other.save(theirs))).toMatchObject({ code: 'concurrency' })
    mine.setGoal('steps', 1)
    await larder.save(mine)
    expect(await other.load(UserAggregate, '1')).toMatchObject({ version: 2, email: 'a', goals: { steps: 1 } })
  })

  it('made by hand, or loaded by another store, is refused', async () => {
    const made = new UserAggregate('1')
    for (const work of [() => made.apply(UserRegistered({ email: 'a' })), () => made.version, () => larder.save(made)])
      expect(await failureOf(work)).toMatchObject({ code: 'argument', details: { argument: 'aggregate' } })
    const loaded = await larder.load(UserAggregate, '1')
    expect(await failureOf(() => other.save(loaded))).toMatchObject({ code: 'argument' })
    expect(await failureOf(() => loaded.apply(GoalSet({ goal: 'x', target: 'y' as never })))).toMatchObject({
      code: 'validation',
    })
  })

  it('has one definition, which edit and load take like any other', async () => {
    expect(UserAggregate.definition).toBe(UserAggregate.definition)
    expect(UserAggregate.definition).toMatchObject({ kind: 'aggregate', name: 'user', snapshot: { every: 2 } })
    const draft = await larder.edit(UserAggregate.definition, '1')
    draft.apply(UserRegistered({ email: 'a' }))
    await draft.save()
    const { state, version } = await larder.load(UserAggregate.definition, '1')
    expect(version).toBe(1)
    expect(state).toMatchObject({ email: 'a', goals: {} })
    const taken = defineAggregate('user', {
      ...{ stream: (id) => id, events: [UserRegistered], initial: () => 0, commands: {} },
      evolve: { UserRegistered: (count) => count },
    })
    const both = [UserAggregate.definition, taken]
    expect(
      await failureOf(() => defineDomain({ version: '1', events: [UserRegistered, GoalSet], aggregates: both })),
    ).toMatchObject({ details: { argument: 'aggregates' } })
  })

  it('goes on from its snapshot, whose fields are its own copy', async () => {
    const store = await openStore()
    const source = {
      ...{ store, catalog: users.catalog },
      snapshots: new Snapshots({
        storage: new MemorySnapshots(),
        clock: new VirtualClock(),
        logger: { error: () => undefined, info: () => undefined, debug: () => undefined },
      }),
    }
    const load = () => loadAggregate(source, UserAggregate.definition, '1', 'user-1')
    const append = (target: number) =>
      store.append(prepared(GoalSet({ goal: 'steps', target }, { stream: 'user-1' }), {}, users.catalog))
    await append(1)
    await append(2)
    const first = await load()
    await append(3)
    const second = await load()
    expect([first.state, second.state]).toMatchObject([
      { units: ['kcal', 'kcal'] },
      { units: ['kcal', 'kcal', 'kcal'] },
    ])
    expect(second.state).toBeInstanceOf(UserAggregate)
    expect(second).toMatchObject({ version: 3, state: { goals: { steps: 3 } } })
  })
})
