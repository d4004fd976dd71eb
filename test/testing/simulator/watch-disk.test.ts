import { describe, expect, it } from 'vitest'
import { handlerLetter } from '../../../src/dead-letter/handler-letters.ts'
import { unpackEvents } from '../../../src/event/packed-events.ts'
import { MemoryDisk } from '../../../src/storage/memory/memory-disk.ts'
import { ObservedLog } from '../../../src/testing/simulator/observed-log.ts'
import { Violations } from '../../../src/testing/simulator/violations.ts'
import { DiskWatch } from '../../../src/testing/simulator/watch-disk.ts'
import { noted } from '../../support/notes.ts'
import { openStore } from '../../support/open-store.ts'
import { prepared, uuid } from '../../support/prepared.ts'

describe('the watch over a disk', () => {
  it('takes no dead letter of a handler for a commit, and notices a commit that is gone', async () => {
    const disk = new MemoryDisk()
    const store = await openStore({ disk, authority: 'server' })
    const violations = new Violations({ now: 0, record: () => undefined })
    const watch = new DiskWatch(
      'a',
      disk,
      new ObservedLog({ newEpoch: () => 'e', onCommit: () => undefined }),
      violations,
    )
    const commit = prepared(noted('x'), { id: uuid(1) })
    await store.append(commit)
    watch.look()
    const [event] = unpackEvents(commit.events)
    if (event === undefined) throw new Error('nothing was packed')
    const refusal = { code: 'handler-failed', message: 'no', retryable: true }
    const at = { attempts: 3, now: 0 }
    const letter = handlerLetter('coach', { event, commitId: commit.id, position: undefined }, refusal, at)
    disk.tables.deadLetters.put(letter.id, letter)
    watch.look()
    // Settled: the letter is no more, and nothing is lost.
    disk.tables.deadLetters.delete(letter.id)
    watch.look()
    expect(violations.list).toEqual([])
    for (const key of [...disk.tables.pending.records.keys()]) disk.tables.pending.delete(key)
    watch.look()
    expect(violations.list[0]).toMatchObject({ invariant: 'nothing-lost', detail: `a: commit ${commit.id} is gone` })
  })
})
