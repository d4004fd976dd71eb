import { beforeEach, describe, expect, it } from 'vitest'
import { LEADER_ANSWER_MS, LEADER_LOOK_MS } from '../../src/engine/leader-watch.ts'
import type { Channel, Transport } from '../../src/platform/ports.ts'
import { Device, type DeviceOptions, watch } from '../support/device.ts'
import { journal, noted } from '../support/notes.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

/** From when a leader has gone silent until another tab has done its work. */
const TAKEN_OVER_MS = LEADER_LOOK_MS + 2 * LEADER_ANSWER_MS + 2000

let clock: VirtualClock
let server: SyncServer
let device: Device

beforeEach(() => {
  clock = new VirtualClock()
  server = new SyncServer()
  device = new Device(1, clock)
})

async function openTab(options: DeviceOptions = {}) {
  const larder = await device.openTab({ server, ...options })
  const status = watch(larder.sync.status$)
  return { larder, leads: () => status.last()?.leader, state: () => status.last()?.state }
}

/** A tab that got the lock, and of which nothing was ever heard again; answers what frees it. */
function suspendedWithTheLock(): () => void {
  const end = new AbortController()
  const ended = new Promise<void>((resolve) => end.signal.addEventListener('abort', () => resolve()))
  void device.machine.openTab().locks.hold('larder:sync:larder/notes', end.signal, () => ended)
  return () => end.abort()
}

/** Stands still until `goOn`: hears nobody, is not heard, and answers that are on their way do not arrive. */
function suspendable() {
  let stands = true
  const openChannel = (name: string): Channel => {
    const channel = device.machine.openTab().openChannel(name)
    return {
      post: (message) => stands || channel.post(message),
      subscribe: (listener) => channel.subscribe((message) => stands || listener(message)),
      close: () => channel.close(),
    }
  }
  const transport = server.transport()
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const held: Transport = {
    ...transport,
    post: async (request) => {
      const response = await transport.post(request)
      if (request.body.includes('"text"')) await gate
      return response
    },
  }
  const goOn = (): void => {
    stands = false
    open()
  }
  return { transport: held, openChannel, goOn }
}

describe('a leading tab that is suspended with its lock, and told nobody', () => {
  it('is taken over: what waits goes out, and what others made comes in', async () => {
    suspendedWithTheLock()
    const { larder, leads } = await openTab()
    await larder.append(noted('mine'))
    await clock.advance(LEADER_LOOK_MS)
    expect([leads(), await server.texts()]).toEqual([false, []])
    await clock.advance(TAKEN_OVER_MS - LEADER_LOOK_MS)
    expect([leads(), await server.texts()]).toEqual([true, ['mine']])
    const far = await new Device(2, clock).openTab({ server })
    await far.append(noted('theirs'))
    await clock.advance(2000)
    expect(await larder.get(journal)).toEqual(['mine', 'theirs'])
    await Promise.all([larder.close(), far.close()])
    expect(clock.waiting).toBe(0)
  })

  it('is taken over by one of many, which then leads on under the lock', async () => {
    const free = suspendedWithTheLock()
    const tabs = [await openTab(), await openTab(), await openTab()]
    await tabs[2]?.larder.append(noted('a'))
    await clock.advance(2 * TAKEN_OVER_MS)
    expect([tabs.filter(({ leads }) => leads()).length, await server.texts()]).toEqual([1, ['a']])
    free()
    await clock.advance(5000)
    await tabs[1]?.larder.append(noted('b'))
    await clock.advance(5000)
    expect([tabs.filter(({ leads }) => leads()).length, await server.texts()]).toEqual([1, ['a', 'b']])
  })

  it('finds itself deposed when it goes on: its late answer changes nothing, and each event is on the server once', async () => {
    const { goOn, ...suspended } = suspendable()
    const first = await openTab(suspended)
    await first.larder.append(noted('a'))
    await clock.advance(1000)
    expect([first.leads(), await server.texts()]).toEqual([true, ['a']])
    const second = await openTab()
    await second.larder.append(noted('b'))
    await clock.advance(TAKEN_OVER_MS)
    expect([second.leads(), second.state(), await server.texts()]).toEqual([true, 'idle', ['a', 'b']])
    goOn()
    await clock.advance(60_000)
    expect([first.leads(), second.leads()]).toEqual([false, true])
    await second.larder.append(noted('c'))
    await clock.advance(2000)
    expect([await server.texts(), await first.larder.get(journal)]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ])
  })
})

describe('a leading tab that is there', () => {
  it('keeps the lead, however long nothing is to be done or the server is away, and is not told to ask for a token', async () => {
    let asked = 0
    const auth = async () => {
      asked++
      return undefined
    }
    const [first, second] = [await openTab({ auth }), await openTab({ auth })]
    await clock.advance(1000)
    const before = asked
    expect(first.state()).toBe('auth-required')
    await clock.advance(60 * 60_000)
    expect([first.leads(), second.leads(), asked]).toEqual([true, false, before])
  })

  it('keeps it through failures', async () => {
    server.instead = () => answer(503, '')
    const [first, second] = [await openTab(), await openTab()]
    await second.larder.append(noted('a'))
    await clock.advance(60 * 60_000)
    expect([first.leads(), second.leads()]).toEqual([true, false])
  })
})
