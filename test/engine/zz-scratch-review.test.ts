import { beforeEach, expect, it } from 'vitest'
import { defineAggregate, defineDomain } from '../../src/domain.ts'
import { Device } from '../support/device.ts'
import { noted, Noted, journal } from '../support/notes.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const book = defineAggregate('book', {
  stream: (id) => id,
  events: [Noted],
  initial: (): readonly string[] => [],
  evolve: { Noted: (lines, { data }) => [...lines, data.text] },
  commands: { write: { args: undefined, decide: (lines) => Noted({ text: `after ${lines.length}` }) } },
})
const strictBook = defineAggregate('sbook', {
  stream: (id) => id,
  events: [Noted],
  initial: (): readonly string[] => [],
  evolve: { Noted: (lines, { data }) => { if (data.text !== '1' && !lines.includes('1')) throw new Error('no 1'); return [...lines, data.text] } },
  commands: { write: { args: undefined, decide: (lines) => Noted({ text: `after ${lines.length}` }) } },
})
const domain = defineDomain({ version: 'books', events: [Noted], aggregates: [book, strictBook] })
let clock: VirtualClock, phone: Device, server: SyncServer
beforeEach(() => { clock = new VirtualClock(); phone = new Device(1, clock); server = new SyncServer() })
const pend = () => [...phone.disk.tables.pending.records.values()].map(({ id, order, events }) => ({ order, body: /"text":"[^"]*"/.exec(events.body)?.[0] }))

async function twelve(): Promise<void> {
  const writer = await phone.openTab({ domain, server })
  for (let n = 1; n <= 12; n++) {
    await writer.append(Noted({ text: `${n}` }, { stream: n % 2 === 0 ? 'b' : 'a' }))
    await clock.advance(60_000)
  }
  await writer.close()
}

it('A dead letter order after meta loss', async () => {
  server.rules = [ruleAgainst('bad', { code: 'no', message: 'no', retryable: false } as never)]
  const first = await phone.openTab({ server })
  await first.append(noted('one')); await clock.advance(60_000)
  await first.append(noted('bad')); await clock.advance(60_000)
  const [letter] = await first.deadLetters.list()
  console.log('A letter', JSON.stringify(letter).slice(0, 200), [...phone.disk.tables.deadLetters.records.values()].map((l: any) => l.commit?.order))
  await first.close()
  phone.disk.tables.meta.delete('log')
  server.instead = () => answer(503, '')
  const second = await phone.openTab({ server })
  await clock.advance(1000)
  for (const t of ['x', 'y', 'z']) await second.append(noted(t))
  console.log('A before', pend())
  await second.deadLetters.retry([...phone.disk.tables.deadLetters.records.keys()][0]!)
  console.log('A after', pend())
  server.rules = []
  server.instead = undefined
  await clock.advance(600_000)
  console.log('A server', await server.texts(), await second.get(journal), await second.verify())
  await second.close()
})

it('A2 discarded/turn: dead letter with negative order', async () => {
  server.rules = [ruleAgainst('bad', { code: 'no', message: 'no', retryable: false } as never)]
  const first = await phone.openTab({ server })
  for (const t of ['a', 'b', 'c']) { await first.append(noted(t)); await clock.advance(60_000) }
  await first.close()
})

it('B two holes', async () => {
  await twelve()
  phone.disk.confirmed.delete(3)
  phone.disk.confirmed.delete(5)
  let pulls = 0
  server.instead = ({ echo }) => (echo !== false || ++pulls <= 1 ? undefined : answer(503, ''))
  const larder = await phone.openTab({ domain, server })
  console.log('B before repair', await larder.execute(book, 'a').write().catch((e: any) => [e.code, e.details]))
  await clock.advance(200_000)
  const v = () => [...phone.disk.confirmed.keys.inRange({})].map((k) => { const r = phone.disk.confirmed.records.get(k)!; return `${r.first}-${r.last} ${r.events.streams}:${r.streamVersions}` })
  console.log('B versions', v(), [...phone.disk.tables.quarantine.records.values()].map((q: any) => [q.id, q.repairedAt]))
  const told = await larder.execute(book, 'a').write().catch((e: any) => [e.code, e.details])
  console.log('B execute', JSON.stringify(told))
  await clock.advance(60_000)
  console.log('B server', await server.texts(), JSON.stringify(await larder.deadLetters.list()).slice(0, 600), pend())
  console.log('B verify', JSON.stringify(await larder.verify()))
  server.instead = undefined
  await clock.advance(900_000)
  console.log('B server end', await server.texts(), JSON.stringify(await larder.deadLetters.list()).slice(0, 600), JSON.stringify(await larder.verify()))
  await larder.close()
})

it('C faulted by a hole', async () => {
  await twelve()
  const larder = await phone.openTab({ domain, server })
  server.instead = () => answer(503, '')
  await larder.execute(strictBook, 'a').write()
  await server.append(Noted({ text: 'from elsewhere' }, { stream: 'a' }))
  phone.disk.confirmed.delete(1)
  server.instead = ({ echo }) => (echo ? undefined : answer(503, ''))
  await clock.advance(60_000)
  console.log('C letters', JSON.stringify(await larder.deadLetters.list()).slice(0, 700), pend())
  console.log('C exec', await larder.execute(strictBook, 'a').write().catch((e: any) => [e.code, e.message]))
  server.instead = undefined
  await clock.advance(900_000)
  console.log('C end', await server.texts(), JSON.stringify(await larder.deadLetters.list()).slice(0, 700))
  await larder.close()
})

it('F meta and a segment lost', async () => {
  await twelve()
  phone.disk.confirmed.delete(5)
  phone.disk.tables.meta.delete('log')
  const larder = await phone.openTab({ domain, server })
  await clock.advance(900_000)
  console.log('F', JSON.stringify(await larder.verify()))
  await larder.close()
  const again = await phone.openTab({ domain, server })
  await clock.advance(900_000)
  console.log('F2', JSON.stringify(await again.verify()), (await server.texts()).length)
  await again.close()
})
