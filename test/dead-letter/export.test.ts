import { beforeEach, describe, expect, it } from 'vitest'
import type { Larder } from '../../src/reactive/larder.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { Device } from '../support/device.ts'
import { Noted, noted, notes } from '../support/notes.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { SyncServer } from '../support/sync-server.ts'
import { NOON, VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let server: SyncServer
let larder: Larder

beforeEach(async () => {
  clock = new VirtualClock()
  server = new SyncServer()
  server.rules = [ruleAgainst('bad', { code: 'no-bad', message: 'Not allowed' })]
  larder = await new Device(1, clock).openTab({ server })
})

type Line = Readonly<Record<string, unknown>> & { readonly kind: string }

async function exported(from = larder): Promise<Line[]> {
  const text = await new Response(from.deadLetters.export()).text()
  expect(text.endsWith('\n')).toBe(true)
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('exporting dead letters', () => {
  it('writes each letter and each record of what was given up or replaced, with the events as they were', async () => {
    for (const text of ['bad 1', 'bad 2', 'bad 3', 'good']) await larder.append(noted(text))
    larder.handle(Noted, () => Promise.reject(new Error('no')), {
      name: 'coach',
      from: 'start',
      retry: { attempts: 1 },
    })
    await clock.advance(1000)
    const letters = await larder.deadLetters.list()
    const [first, second, third] = letters.filter(({ kind }) => kind === 'commit')
    await larder.deadLetters.discard(first?.id ?? '', { reason: 'a mistake' })
    const amended = await larder.deadLetters.amend(second?.id ?? '', noted('better'))
    await clock.advance(1000)
    const lines = await exported()
    expect(lines[0]).toMatchObject({ kind: 'larder-dead-letters', version: 1, domain: 'notes 1' })
    const left = (await larder.deadLetters.list()).toSorted((a, b) => (a.id < b.id ? -1 : 1))
    expect(lines.slice(1, left.length + 1)).toEqual(JSON.parse(JSON.stringify(left)))
    expect(left.map(({ id }) => id)).toContain(third?.id)
    expect(left.map(({ kind }) => kind)).toContain('handler')
    const records = lines.slice(left.length + 1, -1)
    const record = (kind: string, letter = first, note = '') => ({
      ...{ kind, id: letter?.id, note, at: '2026-11-23T12:00:01.000Z', replaces: [] },
      events: JSON.parse(JSON.stringify(letter?.events)),
    })
    expect(records).toEqual([record('discarded', first, 'a mistake'), record('replaced', second, amended.commitId)])
    expect(lines.at(-1)).toEqual({ kind: 'end', letters: left.length, discarded: 2 })
  })

  it('says that there is nothing', async () => {
    expect((await exported()).map(({ kind }) => kind)).toEqual(['larder-dead-letters', 'end'])
  })

  it('comes in parts of about a MiB, none of them missing a letter', async () => {
    const texts = Array.from({ length: 30 }, (_, n) => `bad ${n} ${'x'.repeat(100_000)}`)
    for (const text of texts) await larder.append(noted(text))
    await clock.advance(60_000)
    const [one] = await larder.deadLetters.list()
    for (const { id } of (await larder.deadLetters.list()).slice(0, 15)) await larder.deadLetters.discard(id)
    const sizes: number[] = []
    let text = ''
    const reader = larder.deadLetters.export().getReader()
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      sizes.push(next.value.length)
      text += new TextDecoder().decode(next.value)
    }
    expect(Math.max(...sizes)).toBeLessThan(1_600_000)
    expect(sizes.length).toBeGreaterThanOrEqual(4)
    const ids = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).id as string)
      .filter(Boolean)
    expect([ids.length, new Set(ids).size, ids.includes(one?.id ?? '')]).toEqual([30, 30, true])
  })

  it('ends with an error when the store is closed', async () => {
    const stream = larder.deadLetters.export()
    await larder.close()
    await expect(new Response(stream).text()).rejects.toMatchObject({ code: 'closed' })
  })
})

it('C73: ten thousand letters are exported whole, after 400 days and an update of the app', async () => {
  const device = new Device(9, clock)
  const first = await device.openTab({ server })
  await first.close()
  const commit = (n: number) => {
    const { id, events } = prepared(noted(`bad ${n}`), { id: uuid(n + 1) })
    const frame = { code: 'no-bad', message: 'Not allowed', retryable: false, attempts: 1, nextAttemptAt: undefined }
    const made = {
      id,
      device: uuid(0),
      seq: n + 1,
      order: n + 1,
      count: 1,
      madeAt: NOON,
      events,
      expected: {},
      basis: {},
    }
    const pending = { ...made, replaces: [], verdict: undefined, attempts: 1 }
    return { id, kind: 'commit' as const, ...frame, since: NOON + n, commit: pending }
  }
  const letters = Array.from({ length: 10_000 }, (_, n) => commit(n))
  await openMemoryStorage(device.disk).transact('write', ['deadLetters'], (tx) => tx.put('deadLetters', ...letters))
  clock.set(NOON + 400 * 86_400_000)
  const updated = await device.openTab({ server, domain: { ...notes, version: 'notes 2' } })
  const lines = await exported(updated)
  expect([lines.length, lines[0]?.domain]).toEqual([10_002, 'notes 2'])
  expect(lines.at(-1)).toEqual({ kind: 'end', letters: 10_000, discarded: 0 })
  expect(new Set(lines.slice(1, -1).map(({ id }) => id)).size).toBe(10_000)
  await updated.close()
}, 60_000)
