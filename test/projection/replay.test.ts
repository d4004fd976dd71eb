import { describe, expect, it } from 'vitest'
import { defineDomain, defineProjection } from '../../src/domain.ts'
import { Projector } from '../../src/projection/projector.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { Noted, noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { settle } from '../support/settle.ts'

/** Keeps everything that its functions are shown. */
const witness = defineProjection('witness', {
  version: 1,
  events: [Noted],
  key: (event) => [...event.data.days, `seen by key: ${JSON.stringify(event)}`],
  initial: (): readonly string[] => [],
  evolve: { Noted: (seen, event) => [...seen, JSON.stringify(event)] },
})
const domain = defineDomain({ version: '1', events: [Noted], projections: [witness] })

async function statesOf(projector: Projector): Promise<readonly (readonly [string, unknown])[]> {
  const states = await projector.ready('witness')
  return states
    .keys('all')
    .toSorted()
    .map((key) => [key, states.state(key, 'all')] as const)
}

describe('G7: a replay', () => {
  it('shows its functions the same, and comes to the same states, as when the events were pending', async () => {
    const disk = new MemoryDisk()
    const store = await openStore({ disk, authority: 'server' })
    const projector = new Projector(domain, store)
    await projector.ready('witness')
    const commits = [
      prepared(noted('a', 'mon')),
      prepared([noted('b', 'mon', 'tue'), noted('c', 'tue')]),
      prepared(noted('d', 'mon')),
    ]
    for (const commit of commits) await store.append(commit)
    const whilePending = await statesOf(projector)
    expect(whilePending.length).toBeGreaterThan(2)

    await settle(store, { confirm: commits.map(({ id }) => id) })
    expect(await statesOf(projector)).toEqual(whilePending)
    // And from nothing, in a tab that has seen none of it.
    const fresh = new Projector(domain, await openStore({ disk, authority: 'server' }))
    expect(await statesOf(fresh)).toEqual(whilePending)
  })
})
