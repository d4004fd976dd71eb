import { beforeEach, expect, it } from 'vitest'
import { defineAggregate, defineDomain } from '../../src/domain.ts'
import { Device, watch } from '../support/device.ts'
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
const domain = defineDomain({ version: 'books', events: [Noted], aggregates: [book] })
let clock: VirtualClock, phone: Device, server: SyncServer
beforeEach(() => { clock = new VirtualClock(); phone = new Device(1, clock); server = new SyncServer() })
async function twelve(options: { server?: SyncServer } = {}): Promise<void> {
  const writer = await phone.openTab({ domain, ...options })
  for (let n = 1; n <= 12; n++) {
    await writer.append(Noted({ text: `${n}` }, { stream: n % 2 === 0 ? 'b' : 'a' }))
    if (options.server) await clock.advance(60_000)
  }
  await writer.close()
}

it('D stream tail lost in an open tab', async () => {
  await twelve()
  const larder = await phone.openTab({ domain })
  await larder.append(Noted({ text: 'x' }, { stream: 'a' })) // 13
  await larder.append(Noted({ text: 'y' }, { stream: 'b' })) // 14
  phone.disk.confirmed.delete(13)
  console.log('D', await larder.load(book, 'a'))
  console.log('D exec', JSON.stringify(await larder.execute(book, 'a').write().catch((e: any) => [e.code, e.details])))
  console.log('D after verify', JSON.stringify(await larder.verify()))
  console.log('D exec', JSON.stringify(await larder.execute(book, 'a').write().catch((e: any) => [e.code, e.details])))
  await larder.close()
})

it('E tail lost, known to health before opening execute; local; lost end', async () => {
  await twelve()
  phone.disk.confirmed.delete(11)
  const larder = await phone.openTab({ domain })
  await larder.verify()
  const h = watch(larder.health$); await clock.advance(100)
  console.log('E health', JSON.stringify(h.last()?.damaged))
  console.log('E exec', JSON.stringify(await larder.execute(book, 'a').write().catch((e: any) => [e.code, e.details])))
  await larder.close()
})

it('G restore by backup on a local store never heals execute', async () => {
  await twelve()
  const w = await phone.openTab({ domain })
  const backup = await new Response(w.backup.export()).blob()
  await w.close()
  phone.disk.confirmed.delete(5)
  const larder = await phone.openTab({ domain })
  console.log('G exec', JSON.stringify(await larder.execute(book, 'a').write().catch((e: any) => [e.code, e.message])))
  console.log('G import', JSON.stringify(await larder.backup.import(backup.stream())))
  console.log('G load', await larder.load(book, 'a'))
  console.log('G exec after import', JSON.stringify(await larder.execute(book, 'a').write().catch((e: any) => [e.code, e.message])))
  await larder.close()
  const l2 = await phone.openTab({ domain })
  console.log('G exec reopened', JSON.stringify(await l2.execute(book, 'a').write().catch((e: any) => [e.code, e.details])))
  await l2.close()
})

it('H persistent damage: notes grow', async () => {
  await twelve({ server })
  const larder = await phone.openTab({ domain, server })
  for (let i = 0; i < 20; i++) {
    const row = phone.disk.confirmed.records.get(5)!
    phone.disk.confirmed.put(5, { ...row, checksum: 7 })
    await larder.events({ stream: 'a' })
    await clock.advance(70_000)
  }
  console.log('H', [...phone.disk.tables.quarantine.records.keys()].length)
  await larder.close()
})
it('I cut: window between two repairs with both served', async () => {
  await twelve({ server })
  phone.disk.confirmed.delete(3); phone.disk.confirmed.delete(5)
  let larder: any; let pulls = 0; const seen: any[] = []
  server.instead = async ({ echo }) => {
    if (echo === false && ++pulls === 2) {
      await larder.execute(book, 'a').write().then((x: any) => seen.push('decided', x), (e: any) => seen.push(e.code))
    }
    return undefined
  }
  larder = await phone.openTab({ domain, server })
  await larder.execute(book, 'a').write().catch(() => 0)
  await clock.advance(900_000)
  console.log('I', pulls, JSON.stringify(seen), await server.texts(), JSON.stringify(await larder.deadLetters.list()).slice(0, 300))
  await larder.close()
})
