import { putNotes } from '../../store/quarantine.ts'
import type { StoredSegment } from '../../store/records.ts'
import type { StorageBackend } from '../../store/storage-backend.ts'
import {
  sampleDeadLetter,
  sampleDiscarded,
  sampleHandler,
  sampleHandlerLetter,
  sampleMeta,
  sampleNote,
  samplePending,
  sampleSegment,
} from './sample-records.ts'
import type { StoragePlace } from './storage-place.ts'
import type { TestRunner } from './test-runner.ts'

const UNUSUAL_TEXTS: Readonly<Record<string, string>> = {
  'an emoji with modifiers': '👩🏽‍🍳',
  'right-to-left text': 'שלום \u202Eabc\u202C',
  'a zero character': 'a\u0000b',
  'half of a surrogate pair': 'a\uD83Db',
  'line separators': 'a\u2028b\u2029c\r\n',
  'a letter composed in two ways': 'é e\u0301',
  'the name of a prototype': '__proto__',
  'nothing at all': '',
}

const bodyOf = (segment: StoredSegment | undefined): string | undefined =>
  segment !== undefined && 'body' in segment.events ? segment.events.body : undefined

/** What is put comes back, and nobody's object is anybody else's. */
export function storageRecordsContract({ describe, it, expect }: TestRunner, newPlace: () => StoragePlace): void {
  const putSegment = (storage: StorageBackend, last: number, body: string): Promise<void> =>
    storage.transact('write', ['confirmed'], (tx) => tx.put('confirmed', sampleSegment(last, { body })))
  const bodyAt = async (storage: StorageBackend, last: number): Promise<string | undefined> =>
    bodyOf(await storage.transact('read', ['confirmed'], (tx) => tx.get('confirmed', last)))

  describe('records', () => {
    it('come back as they were put, in every table, typed arrays included', async () => {
      const storage = await newPlace().open()
      const meta = sampleMeta()
      const segment = sampleSegment(3, { streams: ['a', 'b', 'c'] })
      const pending = samplePending(-5, { verdict: { status: 'held', behind: 'commit-0' } })
      const deadLetter = sampleDeadLetter('d')
      const handlerLetter = sampleHandlerLetter('h')
      const discarded = sampleDiscarded('x')
      const handler = sampleHandler('coach')
      const tables = ['meta', 'confirmed', 'pending', 'deadLetters', 'discarded', 'handlers'] as const
      await storage.transact('write', tables, async (tx) => {
        await tx.put('meta', meta)
        await tx.put('confirmed', segment)
        await tx.put('pending', pending)
        await tx.put('deadLetters', deadLetter, handlerLetter)
        await tx.put('discarded', discarded)
        await tx.put('handlers', handler)
      })
      const read = await storage.transact('read', tables, (tx) =>
        Promise.all([
          tx.get('meta', 'log'),
          tx.get('confirmed', 3),
          tx.get('pending', -5),
          tx.get('deadLetters', 'd'),
          tx.get('deadLetters', 'h'),
          tx.get('discarded', 'x'),
          tx.get('handlers', 'coach'),
        ]),
      )
      expect(read).toEqual([meta, segment, pending, deadLetter, handlerLetter, discarded, handler])
      await storage.close()
    })

    for (const [what, text] of Object.entries(UNUSUAL_TEXTS)) {
      it(`keep ${what}, in a body, a key and an index`, async () => {
        const storage = await newPlace().open()
        const deadLetter = sampleDeadLetter(text)
        const segment = sampleSegment(1, { body: text, streams: [text], commitIds: [text] })
        await storage.transact('write', ['confirmed', 'deadLetters'], async (tx) => {
          await tx.put('confirmed', segment)
          await tx.put('deadLetters', deadLetter)
        })
        const read = await storage.transact('read', ['confirmed', 'deadLetters'], async (tx) => [
          await tx.get('deadLetters', text),
          await tx.readByIndex('streams', text, {}),
          await tx.readByIndex('commitIds', text, {}),
          await tx.lastKey('deadLetters'),
        ])
        expect(read).toEqual([deadLetter, [segment], [segment], text])
        await storage.close()
      })
    }

    it('keep a body of four million characters', async () => {
      const storage = await newPlace().open()
      const body = 'aé漢😀'.repeat(800_000)
      await putSegment(storage, 1, body)
      expect((await bodyAt(storage, 1)) === body).toBe(true)
      await storage.close()
    })

    it('are undefined where there is none', async () => {
      const storage = await newPlace().open()
      const read = await storage.transact('read', ['meta', 'pending', 'discarded'], async (tx) => [
        await tx.get('meta', 'log'),
        await tx.get('pending', 1),
        await tx.get('discarded', 'x'),
      ])
      expect(read).toEqual([undefined, undefined, undefined])
      await storage.close()
    })

    it('are replaced by a put with the same key, and stay one record', async () => {
      const storage = await newPlace().open()
      await putSegment(storage, 1, 'old')
      await putSegment(storage, 1, 'new')
      await storage.transact('write', ['pending'], (tx) => tx.put('pending', samplePending(1), samplePending(2)))
      const [first, second] = [samplePending(1, { attempts: 1 }), samplePending(2, { attempts: 1 })]
      await storage.transact('write', ['pending'], (tx) => tx.put('pending', second, first))
      const read = await storage.transact('read', ['confirmed', 'pending'], async (tx) => [
        await tx.read('confirmed', {}),
        await tx.read('pending', {}),
      ])
      expect(read).toEqual([[sampleSegment(1, { body: 'new' })], [first, second]])
      await storage.close()
    })

    it('that could not be read are kept beside those that were noted of the same place before', async () => {
      const storage = await newPlace().open()
      const one = sampleNote(4, sampleSegment(4, { body: 'one' }), { repairedAt: 1_700_000_000_001 })
      const two = sampleNote(4, null)
      const three = sampleNote(4, undefined)
      const other = sampleNote(44, { whatever: [new Uint8Array(2), 'lay there'] })
      for (const note of [one, other, two, three, { ...three, repairedAt: 1_700_000_000_002 }])
        await storage.transact('write', ['quarantine'], (tx) => putNotes(tx, [note]))
      const notes = await storage.transact('read', ['quarantine'], (tx) => tx.read('quarantine', {}))
      expect(notes).toEqual([
        { ...three, repairedAt: 1_700_000_000_002 },
        { ...one, id: 'confirmed:4#1' },
        { ...two, id: 'confirmed:4#2' },
        other,
      ])
      await storage.close()
    })

    it('go when they are deleted, and deleting what is not there is no error', async () => {
      const storage = await newPlace().open()
      await storage.transact('write', ['pending'], (tx) =>
        tx.put('pending', samplePending(1), samplePending(2), samplePending(3)),
      )
      await storage.transact('write', ['pending'], (tx) => tx.delete('pending', 1, 3, 99))
      expect(await storage.transact('read', ['pending'], (tx) => tx.read('pending', {}))).toEqual([samplePending(2)])
      await storage.close()
    })

    it('go by many keys at once, neighbours or not, in any order, and take nothing else with them', async () => {
      const storage = await newPlace().open()
      const keys = [-3, -2, -1, 0, 1, 2, 3, 4, 6, 8]
      const deleted = [-2, -1, 0, 2, 3, 8, 7, 6]
      await storage.transact('write', ['pending'], (tx) => tx.put('pending', ...keys.map((key) => samplePending(key))))
      await storage.transact('write', ['pending'], (tx) => tx.delete('pending', ...deleted))
      const left = await storage.transact('read', ['pending'], (tx) => tx.read('pending', {}))
      expect(left.map(({ order }) => order)).toEqual([-3, 1, 4])
      await storage.close()
    })

    it('do not change when the object that was put changes, even before the transaction ends', async () => {
      const storage = await newPlace().open()
      const record = samplePending(1)
      await storage.transact('write', ['pending'], async (tx) => {
        const done = tx.put('pending', record)
        record.events.offsets[0] = 99
        Object.assign(record, { attempts: 99 })
        await done
      })
      record.events.offsets[0] = 100
      expect(await storage.transact('read', ['pending'], (tx) => tx.get('pending', 1))).toEqual(samplePending(1))
      await storage.close()
    })

    it('do not change when the object that was read changes', async () => {
      const storage = await newPlace().open()
      await putSegment(storage, 1, 'body')
      const spoil = await storage.transact('read', ['confirmed'], async (tx) => [
        await tx.get('confirmed', 1),
        ...(await tx.read('confirmed', {})),
        ...(await tx.readByIndex('streams', 'user-1', {})),
      ])
      for (const segment of spoil) {
        segment?.streamVersions.fill(0)
        Object.assign(segment ?? {}, { first: 99 })
      }
      expect(await storage.transact('read', ['confirmed'], (tx) => tx.get('confirmed', 1))).toEqual(
        sampleSegment(1, { body: 'body' }),
      )
      await storage.close()
    })
  })
}
