import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BackupEntry, BackupHeader } from '../../src/backup/backup-format.ts'
import { FIRST_SEAL, sealLine } from '../../src/backup/backup-seal.ts'
import { LineSplitter } from '../../src/backup/line-splitter.ts'
import { BackupReader } from '../../src/backup/read-backup.ts'
import { BackupWriter } from '../../src/backup/write-backup.ts'
import { failureOf } from '../support/failure.ts'
import { uuid } from '../support/prepared.ts'

const header: BackupHeader = {
  ...{ kind: 'larder-backup', version: 1, domain: '1', device: uuid(99), authority: 'local', events: 3 },
  at: '2026-11-23T12:00:00.000Z',
}

const event = (text: string, change: object = {}) => ({
  ...{ id: uuid(text.length), type: 'Noted', version: 1, stream: 'notes', time: '2026-11-23T12:00:00.000Z' },
  ...{ data: { text }, metadata: {} },
  ...change,
})

/** A backup of commits with one event each. */
function linesOf(texts: readonly string[], about: Partial<BackupHeader> = {}): string[] {
  const writer = new BackupWriter()
  const first = writer.header({ ...header, ...about })
  const commits = texts.map((text, index) => {
    const head = { id: uuid(index), device: uuid(99), seq: index + 1, position: index + 1 }
    return writer.commit({ kind: 'confirmed', ...head }, JSON.stringify(event(text)), 1)
  })
  return [first, ...commits, writer.end()].map((line) => line.slice(0, -1))
}

function readAll(lines: readonly string[]): BackupEntry[] {
  const reader = new BackupReader()
  const entries = lines.map((line) => reader.read(line)).filter((entry) => entry !== undefined)
  reader.finish()
  return entries
}

const texts = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 6 })

describe('a backup', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(texts, (given) => {
        const entries = readAll(linesOf(given))
        expect(entries.map((entry) => ('events' in entry ? entry.events : []))).toEqual(
          given.map((text) => [event(text)]),
        )
      }),
    )
  })

  it('can be read in pieces, by readers who know only where the last one stopped', () => {
    const lines = linesOf(['a', 'b', 'c'])
    let place = new BackupReader().place
    for (const line of lines) {
      const reader = new BackupReader(structuredClone(place))
      reader.read(line)
      place = reader.place
    }
    expect(place).toMatchObject({ line: 5, commits: 3, events: 3, hasEnded: true })
  })

  it.each([
    [
      'a character that was changed',
      (lines: string[], at: number) => lines.with(at, (lines[at] ?? '').replace('"', "'")),
    ],
    ['a line that was left out', (lines: string[], at: number) => lines.toSpliced(at, 1)],
    ['a line that is there twice', (lines: string[], at: number) => lines.toSpliced(at, 0, lines[at - 1] ?? '')],
    [
      'a line of another backup',
      (lines: string[], at: number) => lines.with(at, linesOf(['a', 'bb', 'ccc'], { events: 4 })[at] ?? ''),
    ],
    [
      'lines that were swapped',
      (lines: string[], at: number) => lines.toSpliced(at, 2, lines[at + 1] ?? '', lines[at] ?? ''),
    ],
    [
      'a line without its seal',
      (lines: string[], at: number) => lines.with(at, (lines[at] ?? '').replace(/,"seal.*/, '}')),
    ],
  ])('is refused at %s', async (_, change) => {
    const lines = linesOf(['a', 'bb', 'ccc'])
    for (const at of [1, 2]) {
      const reader = new BackupReader()
      const error = await failureOf(() => {
        for (const line of change(lines, at)) reader.read(line)
      })
      expect(error).toMatchObject({ code: 'backup-invalid', details: { line: at + 1, problem: 'altered' } })
      expect(reader.place.commits).toBe(at - 1)
    }
  })

  it('is refused where it ends too early, or goes on behind its end', async () => {
    const lines = linesOf(['a', 'b'])
    for (let count = 1; count < lines.length; count++) {
      const error = await failureOf(() => readAll(lines.slice(0, count)))
      expect(error).toMatchObject({ code: 'backup-invalid', details: { line: count + 1, problem: 'truncated' } })
    }
    const error = await failureOf(() => readAll([...lines, lines.at(-1) ?? '']))
    expect(error.details).toEqual({ line: 5, problem: 'altered' })
  })

  it.each(['', 'hello', '{}', 'null', '[1]', '{"kind":"pending"}', '\u0000\uffff', '{"kind":"larder-backup'])(
    'is not a file that begins with %j',
    async (first) => {
      expect((await failureOf(() => readAll([first]))).details).toEqual({ line: 1, problem: 'not-a-backup' })
    },
  )

  it('is not an empty file', async () => {
    expect((await failureOf(() => readAll([]))).details).toEqual({ line: 1, problem: 'not-a-backup' })
  })

  it('of a newer version is left to a newer app, whatever it looks like otherwise', async () => {
    const newer = JSON.stringify({ kind: 'larder-backup', version: 2, other: true })
    for (const line of [newer, sealLine(newer, FIRST_SEAL).line]) {
      const error = await failureOf(() => readAll([line]))
      expect(error).toMatchObject({ code: 'backup-too-new', details: { version: 2, supported: 1 } })
    }
  })

  it.each<[string, object]>([
    ['an event without an id', { id: undefined }],
    ['a stream that is no name', { stream: 'a b' }],
    ['a time that is none', { time: 'noon' }],
    ['a version that is none', { version: 0 }],
  ])('with good seals and %s was not written by us', async (_, change) => {
    const writer = new BackupWriter()
    const lines = [
      writer.header(header),
      writer.commit(
        { kind: 'confirmed', id: uuid(1), device: uuid(9), seq: 1, position: 1 },
        JSON.stringify(event('a', change)),
        1,
      ),
    ].map((line) => line.slice(0, -1))
    expect((await failureOf(() => readAll(lines))).details).toEqual({ line: 2, problem: 'malformed' })
  })

  const deep = '['.repeat(100_000) + ']'.repeat(100_000)

  it.each<[string, string, object?]>([
    ['a payload deeper than any', `{"text":${deep}}`],
    ['a key that no object may have', '{"text":"a","__proto__":{"isAdmin":true}}'],
    ['more keys than any', JSON.stringify(Array.from({ length: 10_001 }, () => 0))],
    ['an event larger than any', JSON.stringify({ text: 'x'.repeat(262_144) })],
    ['a number that is none', '{"text":1e999}'],
    ['a seq that is none', '{"text":"a"}', { seq: 0 }],
  ])('with good seals and %s was not written by us; what stands in front is read', async (_, data, change) => {
    const writer = new BackupWriter()
    const head = { kind: 'confirmed', id: uuid(1), device: uuid(9), seq: 1, position: 1 } as const
    const bad = JSON.stringify(event('a')).replace('{"text":"a"}', data)
    const lines = [
      writer.header(header),
      writer.commit(head, JSON.stringify(event('good')), 1),
      writer.commit({ ...head, id: uuid(2), position: 2, ...change }, bad, 1),
    ].map((line) => line.slice(0, -1))
    const reader = new BackupReader()
    const error = await failureOf(() => {
      for (const line of lines) reader.read(line)
    })
    expect(error).toMatchObject({ code: 'backup-invalid', details: { line: 3, problem: 'malformed' } })
    expect(reader.place.commits).toBe(1)
  })

  it('whose command has an argument deeper than any was not written by us', async () => {
    const writer = new BackupWriter()
    const at = '2026-11-23T12:00:00.000Z'
    const nested = JSON.parse('['.repeat(100) + ']'.repeat(100))
    const command = { aggregate: 'meal', id: '1', command: 'log', args: nested }
    const head = { id: uuid(1), device: uuid(9), seq: 1, madeAt: at, replaces: [], attempts: 0, command }
    const lines = [
      writer.header(header),
      writer.commit({ kind: 'pending', ...head }, JSON.stringify(event('a')), 1),
    ].map((line) => line.slice(0, -1))
    expect((await failureOf(() => readAll(lines))).details).toEqual({ line: 2, problem: 'malformed' })
  })

  it('that counts other commits than it has is refused', async () => {
    const { seal, line } = sealLine(JSON.stringify(header), FIRST_SEAL)
    const end = sealLine(JSON.stringify({ kind: 'end', commits: 1, events: 1 }), seal).line
    expect((await failureOf(() => readAll([line, end]))).details).toEqual({ line: 2, problem: 'malformed' })
  })
})

describe('lines', () => {
  it('are the same in whatever pieces they come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '\n', 'bc'), { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        (parts, size) => {
          const text = parts.join('')
          const splitter = new LineSplitter()
          const lines: string[] = []
          for (let at = 0; at < text.length; at += size) lines.push(...splitter.push(text.slice(at, at + size)))
          expect([...lines, splitter.rest]).toEqual(text.split('\n'))
        },
      ),
    )
  })
})
