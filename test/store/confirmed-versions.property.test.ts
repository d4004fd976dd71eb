import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { readConfirmedVersions } from '../../src/store/confirmed-versions.ts'
import { FaultyBackend } from '../support/faulty-backend.ts'
import { Noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'

describe('the versions of streams, read from the log', () => {
  it('are how many events each stream has, for any names asked together', async () => {
    const name = fc.integer({ min: 0, max: 400 }).map((n) => `meal-${n}`)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(name, { minLength: 1 })),
        fc.uniqueArray(name, { maxLength: 300 }),
        async (commits, asked) => {
          const disk = new MemoryDisk()
          const store = await openStore({ disk })
          const counts = new Map<string, number>()
          for (const streams of commits) {
            await store.append(prepared(streams.map((stream) => Noted({ text: 'x' }, { stream }))))
            for (const stream of streams) counts.set(stream, (counts.get(stream) ?? 0) + 1)
          }
          const read = await openMemoryStorage(disk).transact('read', ['confirmed'], (tx) =>
            readConfirmedVersions(tx, asked),
          )
          expect(read).toEqual(new Map(asked.map((stream) => [stream, counts.get(stream) ?? 0])))
        },
      ),
      { numRuns: 50 },
    )
  })

  it('take a few questions for a thousand new names that follow each other', async () => {
    const disk = new MemoryDisk()
    const backend = new FaultyBackend(openMemoryStorage(disk))
    const store = await openStore({ backend })
    const batch = (n: number) =>
      prepared(Array.from({ length: 1000 }, (_, i) => Noted({ text: 'x' }, { stream: `meal-${n * 1000 + i + 1e6}` })))
    await store.append(batch(1))
    backend.operations = 0
    await store.append(batch(2))
    expect(backend.operations).toBeLessThan(40)
  })
})
