import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { exchange } from '../../server/core/exchange.ts'
import { refuseCommit } from '../../server/core/rules.ts'
import {
  deadLetterReport,
  exchangeRequest,
  exchangeResponse,
  livePoke,
  type WireEvent,
  wireProblem,
} from '../../src/sync/wire.ts'
import { memoryLog } from './support/core-server.ts'
import { device } from './support/ids.ts'
import { notes } from './support/notes.ts'
import { request, wireCommit, wireEvent } from './support/requests.ts'

/**
 * Messages as released versions wrote them. They are never changed, only added to: a schema that stops taking one of them has broken the
 * protocol.
 */
const folder = fileURLToPath(new URL('./fixtures/', import.meta.url))
const schemas = [
  ['exchange-request', exchangeRequest],
  ['exchange-response', exchangeResponse],
  ['problem', wireProblem],
  ['dead-letter-report', deadLetterReport],
  ['live-poke', livePoke],
] as const

const files = readdirSync(folder)
const read = (file: string): unknown => JSON.parse(readFileSync(`${folder}${file}`, 'utf8'))

describe('C63: The golden messages of protocol 1', () => {
  it('are all of a kind that is known, and each kind is among them', () => {
    const kinds = files.map((file) => schemas.find(([kind]) => file.startsWith(kind))?.[0])
    expect(new Set(kinds)).toEqual(new Set(schemas.map(([kind]) => kind)))
  })

  it.each(files)('%s is taken as it is', (file) => {
    const schema = schemas.find(([kind]) => file.startsWith(kind))?.[1]
    const message = read(file)
    expect(schema?.parse(message)).toEqual(message)
  })

  it.each(files)('%s is taken from a newer peer that says more', (file) => {
    const schema = schemas.find(([kind]) => file.startsWith(kind))?.[1]
    const message = read(file)
    expect(schema?.parse({ ...Object(message), hint: { later: true } })).toEqual(message)
  })

  it('exchange-request.all.json is answered with exchange-response.all.json, to the letter', async () => {
    const log = memoryLog()
    const at = (time: string) => ({
      log,
      account: 'ann',
      catalog: notes.catalog,
      domainVersion: notes.version,
      rules: [
        ({ events }: { events: readonly { stream: string }[] }) =>
          events[0]?.stream === 'note-absurd' ? refuseCommit('absurd', 'Nobody writes that.') : undefined,
      ],
      now: () => Date.parse(time),
    })
    const foreign: WireEvent = wireEvent(91, {
      version: 1,
      stream: 'note-2',
      data: { body: 'from elsewhere' },
      metadata: { userId: 'ann' },
    })
    const before = request({
      device: device(2),
      commits: [
        wireCommit(90, { events: [wireEvent(90)] }),
        wireCommit(91, { events: [foreign] }),
        wireCommit(92, { events: [wireEvent(92, { type: 'NoteRemoved', version: 1, stream: 'note-3', data: {} })] }),
      ],
    })
    await exchange(before, at('2026-11-23T12:00:00.000Z'))
    const answer = await exchange(read('exchange-request.all.json'), at('2026-11-23T12:01:00.000Z'))
    expect(answer).toEqual({ status: 200, body: read('exchange-response.all.json') })
  })
})
