import { beforeEach, describe, expect, it } from 'vitest'
import { noMeter } from '../../src/metrics/instruments.ts'
import type { Locks, Random } from '../../src/platform/ports.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { CommitChange } from '../../src/store/commit-fate.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { APPEND_DEBOUNCE_MS, SyncEngine } from '../../src/sync/sync-engine.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { settled, VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

let server: SyncServer
let clock: VirtualClock
let machine: VirtualMachine
let disk: MemoryDisk

beforeEach(() => {
  server = new SyncServer()
  clock = new VirtualClock()
  machine = new VirtualMachine(1, clock)
  disk = new MemoryDisk()
})

interface Tab {
  readonly store: EventStore
  readonly sync: SyncEngine
  readonly changes: CommitChange[]
  readonly append: (text: string) => Promise<unknown>
}

interface TabOptions {
  readonly locks?: Locks
  readonly random?: Random
  readonly auth?: () => Promise<string | undefined>
}

/** Full jitter may also mean to wait for no time at all. */
const middling: Random = { next: () => 0.5 }

async function openTab(options: TabOptions = {}): Promise<Tab> {
  const store = await openStore({ disk, authority: 'server' })
  const changes: CommitChange[] = []
  const sync = new SyncEngine({
    ...machine.openTab(),
    ...(options.random === undefined ? {} : { random: options.random }),
    ...(options.locks === undefined ? {} : { locks: options.locks }),
    store,
    transport: server.transport(),
    auth: options.auth,
    lockName: 'sync',
    domain: 'notes 1',
    maxAttempts: 3,
    onChanges: (more) => changes.push(...more),
    onState: () => undefined,
    meter: noMeter,
  })
  sync.start()
  await settled()
  return { store, sync, changes, append: (text) => store.append(prepared(noted(text))) }
}

const broken = () => answer(503, '')
const pushes = (): number => server.requests.filter(({ commits }) => commits.length > 0).length
/** Holds back every answer until it is let go. */
function holdAnswers(): () => Promise<void> {
  let release = (): void => undefined
  server.instead = () => new Promise((resolve) => (release = () => resolve(undefined)))
  return async () => {
    server.instead = undefined
    release()
    await settled()
  }
}

describe('the tab that leads', () => {
  it('exchanges as soon as it leads, and then rests', async () => {
    const { sync } = await openTab()
    expect([sync.isLeader, server.requests.length, sync.state.inFlight]).toEqual([true, 1, false])
    await clock.advance(59_999)
    expect(server.requests).toHaveLength(1)
    await clock.advance(1)
    expect(server.requests).toHaveLength(2)
  })

  it('shares one exchange among appends that follow each other', async () => {
    const { sync, append } = await openTab()
    for (const text of ['a', 'b', 'c']) {
      await append(text)
      sync.trigger()
      await clock.advance(10)
    }
    expect(pushes()).toBe(0)
    await clock.advance(APPEND_DEBOUNCE_MS)
    expect([pushes(), await server.texts()]).toEqual([1, ['a', 'b', 'c']])
  })

  it('is told by a poke that there is more, and needs none to find out', async () => {
    const { store } = await openTab()
    const other = await stranger()
    await other('a')
    await settled()
    expect(store.known.head).toBe(1)
    server.instead = () => broken()
    await other('b')
    server.instead = undefined
    await clock.advance(120_000)
    expect(store.known.head).toBe(2)
  })

  /** Another device of the account. */
  async function stranger(): Promise<(text: string) => Promise<void>> {
    const device = await openStore({ authority: 'server' })
    let seq = 0
    return async (text) => {
      const commit = prepared(noted(text))
      const body = {
        ...{ protocol: 1, domain: 'notes 1', device: '99999999-0000-7000-8000-000000000000', limit: 500, echo: true },
        ...{ cursor: null, withdraw: [] },
        commits: [{ id: commit.id, seq: ++seq, events: JSON.parse(`[${commit.events.body}]`) }],
      }
      const { instead } = server
      server.instead = undefined
      await server
        .transport()
        .post({ path: 'exchange', body: JSON.stringify(body), token: undefined, signal: new AbortController().signal })
      server.instead = instead
      await device.close()
    }
  }

  it('backs off after a failure, longer each time, and at once when the network comes back', async () => {
    server.instead = broken
    const { sync } = await openTab()
    await clock.advance(3_600_000)
    // In an hour: some short waits, then about one in five minutes of which half is drawn.
    expect(server.requests.length).toBeGreaterThan(15)
    expect(server.requests.length).toBeLessThan(60)
    expect(sync.state).toMatchObject({
      attempt: server.requests.length,
      problem: { code: 'status-503', kind: 'later' },
    })
    const before = server.requests.length
    server.instead = undefined
    machine.connectivity.set(false)
    await settled()
    expect(server.requests.length).toBe(before)
    machine.connectivity.set(true)
    await settled()
    expect(sync.state).toMatchObject({ attempt: 0, problem: undefined })
  })

  it('goes on with its backoff after a reload', async () => {
    server.instead = broken
    const first = await openTab()
    await clock.advance(20_000)
    const { attempt, notBefore } = first.sync.state
    const before = server.requests.length
    first.sync.stop()
    await first.store.close()
    const second = await openTab()
    expect([second.sync.state.attempt, server.requests.length]).toEqual([attempt, before])
    await clock.advance(notBefore - clock.now() - 1)
    expect(server.requests.length).toBe(before)
    await clock.advance(1)
    expect(server.requests.length).toBe(before + 1)
  })

  it('leaves a server alone for as long as that asked, whatever comes back meanwhile: the network, the page, the app', async () => {
    const asksFor = (seconds: number) => answer(503, '', { 'retry-after': `${seconds}` })
    server.instead = () => asksFor(1800)
    const first = await openTab()
    const comesBack = async ({ sync }: Tab): Promise<void> => {
      machine.connectivity.set(false)
      machine.connectivity.set(true)
      sync.hurry()
      sync.rest()
      sync.wake()
      await settled()
    }
    await clock.advance(60_000)
    await comesBack(first)
    first.sync.stop()
    await first.store.close()
    const second = await openTab()
    await comesBack(second)
    await clock.advance(1_739_000)
    await comesBack(second)
    expect(server.requests).toHaveLength(1)
    await clock.advance(1000)
    expect(server.requests).toHaveLength(2)
    // But for a person.
    void second.sync.now()
    await settled()
    expect(server.requests).toHaveLength(3)
    second.sync.resume()
    await settled()
    expect(server.requests).toHaveLength(4)
  })

  it('does not wait out its own backoff when the network, or the page, comes back, also after a reload', async () => {
    server.instead = broken
    const first = await openTab({ random: middling })
    await clock.advance(600_000)
    const before = server.requests.length
    first.sync.hurry()
    await settled()
    first.sync.rest()
    first.sync.wake()
    await settled()
    expect(server.requests.length).toBe(before + 2)
    first.sync.stop()
    await first.store.close()
    await openTab({ random: middling })
    expect(server.requests.length).toBe(before + 2)
    machine.connectivity.set(false)
    machine.connectivity.set(true)
    await settled()
    expect(server.requests.length).toBe(before + 3)
  })

  it('sends what was refused for now again by itself, and leaves it to a person after the last attempt', async () => {
    server.rules = [() => ({ code: 'busy', message: 'Later', retryable: true })]
    const { store, sync, append } = await openTab()
    await append('a')
    sync.trigger()
    await clock.advance(600_000)
    const [letter] = store.known.deadLetters.values()
    expect([pushes(), letter?.attempts, letter?.nextAttemptAt]).toEqual([3, 3, undefined])
    expect(await server.texts()).toEqual([])
  })

  it('gets through what was refused for now once it is taken', async () => {
    let busy = true
    server.rules = [() => (busy ? { code: 'busy', message: 'Later', retryable: true } : undefined)]
    const { store, sync, append, changes } = await openTab({ random: middling })
    await append('a')
    sync.trigger()
    await clock.advance(60)
    busy = false
    await clock.advance(60_000)
    expect([await server.texts(), store.known.deadLetters.size, store.known.head]).toEqual([['a'], 0, 1])
    expect(changes.map(({ to }) => to)).toEqual(['rejected', 'confirmed'])
  })

  it('goes on when its own storage fails, and says so without any data', async () => {
    const { store, sync, append } = await openTab({ random: middling })
    await append('secret')
    store.subscribe(() => undefined)
    const read = store.read.bind(store)
    let failures = 1
    store.read = (work) => (failures-- > 0 ? Promise.reject(new Error('secret')) : read(work))
    sync.trigger()
    await clock.advance(60)
    expect(sync.state.problem).toMatchObject({ code: 'internal' })
    expect(machine.errors.join()).not.toContain('secret')
    await clock.advance(10_000)
    expect(await server.texts()).toEqual(['secret'])
  })
})

describe('asking for an exchange now', () => {
  it('waits for one that was begun after the question, so that it has what was appended before', async () => {
    const { sync, append } = await openTab()
    const letGo = holdAnswers()
    sync.hurry()
    await settled()
    await append('a')
    const asked = sync.now().then(() => pushes())
    await letGo()
    expect(await asked).toBe(1)
    expect(await server.texts()).toEqual(['a'])
  })

  it('does not wait out a backoff, and ends also when it fails', async () => {
    const { sync, append } = await openTab()
    server.instead = broken
    await append('a')
    await sync.now()
    const tries = server.requests.length
    await sync.now()
    expect(server.requests.length).toBe(tries + 1)
    server.instead = undefined
    await sync.now()
    expect(await server.texts()).toEqual(['a'])
  })

  it('ends at once when none can be made, also when that is so only from now on', async () => {
    const { sync } = await openTab()
    const letGo = holdAnswers()
    sync.hurry()
    await settled()
    const asked = sync.now()
    sync.pause()
    await letGo()
    await asked
    await sync.now()
    expect(sync.state.paused).toBe('told')
  })

  it('ends when the tab stops', async () => {
    const { sync } = await openTab()
    holdAnswers()
    const asked = sync.now()
    await settled()
    sync.stop()
    await asked
  })
})

describe('a pause', () => {
  it('sends nothing, whatever happens, until it is resumed; and never two exchanges at once', async () => {
    const { sync, append } = await openTab()
    const letGo = holdAnswers()
    sync.hurry()
    await settled()
    sync.pause()
    sync.resume()
    await settled()
    const before = server.requests.length
    sync.pause()
    await letGo()
    await append('a')
    sync.trigger()
    machine.connectivity.set(true)
    await clock.advance(3_600_000)
    expect(server.requests.length).toBe(before)
    sync.resume()
    await settled()
    expect(await server.texts()).toEqual(['a'])
  })

  it.each([
    ['forbidden', 403],
    ['auth-required', 401],
    ['update-required', 426],
  ])(
    'as %s that something between may have said is left when the network, or the page, comes back; not one by the server',
    async (reason, status) => {
      const ours = { code: 'some-code', message: 'A sentence' }
      let body: unknown = '<html>This site is blocked</html>'
      server.instead = () => answer(status, body)
      const { sync, append } = await openTab()
      await append('a')
      expect(sync.state).toMatchObject({ paused: reason, problem: { code: `status-${status}` } })
      await clock.advance(600_000)
      expect(server.requests).toHaveLength(1)
      // Another network, and it still does not let through.
      machine.connectivity.set(false)
      machine.connectivity.set(true)
      await settled()
      expect([server.requests.length, sync.state.paused]).toEqual([2, reason])
      body = ours
      sync.hurry()
      await settled()
      expect([server.requests.length, sync.state.problem?.code]).toEqual([3, 'some-code'])
      sync.hurry()
      await settled()
      expect(server.requests).toHaveLength(3)
      body = ''
      sync.resume()
      await settled()
      server.instead = undefined
      sync.hurry()
      await settled()
      expect([sync.state.paused, await server.texts()]).toEqual([undefined, ['a']])
    },
  )

  it('because of the token is left by resume, which asks for a new one', async () => {
    let token = 'old'
    server.instead = (_, sent) => (sent.token === 'old' ? answer(401, '') : undefined)
    const { sync } = await openTab({ auth: async () => token })
    expect(sync.state).toMatchObject({ paused: 'auth-required', problem: { code: 'status-401' } })
    await clock.advance(600_000)
    token = 'new'
    sync.resume()
    await settled()
    expect(sync.state).toMatchObject({ paused: undefined, problem: undefined })
  })
})

it('a resume that comes while an exchange is in flight is not lost to how that ends', async () => {
  let token: string | undefined = 'old'
  const { sync, append } = await openTab({ auth: async () => token })
  await append('a')
  const taken: (string | undefined)[] = []
  let release = (): void => undefined
  server.instead = async (_, sent) => {
    taken.push(sent.token)
    if (sent.token !== 'old') return undefined
    await new Promise<void>((resolve) => {
      release = resolve
    })
    return answer(401, '')
  }
  sync.hurry()
  await settled()
  release()
  await settled()
  // The second question gets the same again, and is in flight: only now the person signs in.
  token = 'new'
  sync.resume()
  release()
  await settled()
  expect([taken.slice(0, 3), sync.state.paused, await server.texts()]).toEqual([
    ['old', 'old', 'new'],
    undefined,
    ['a'],
  ])
})

describe('without a token', () => {
  it('because the device is offline, sync goes on by itself, at once when the network comes back', async () => {
    let isOffline = true
    const auth = () => (isOffline ? Promise.reject(new TypeError('Failed to fetch')) : Promise.resolve('token'))
    const { sync, append } = await openTab({ auth })
    await append('a')
    await clock.advance(600_000)
    expect(sync.state).toMatchObject({
      paused: undefined,
      problem: { kind: 'offline', code: 'token-unavailable' },
    })
    isOffline = false
    machine.connectivity.set(true)
    await settled()
    expect(await server.texts()).toEqual(['a'])
  })

  it('because nobody is signed in, it waits for resume', async () => {
    let token: string | undefined
    const { sync, append } = await openTab({ auth: async () => token })
    await append('a')
    token = 'token'
    machine.connectivity.set(true)
    await clock.advance(3_600_000)
    expect([sync.state.paused, server.requests.length]).toEqual(['auth-required', 0])
    sync.resume()
    await settled()
    expect(await server.texts()).toEqual(['a'])
  })
})

describe('the live stream', () => {
  it('is closed while sync is paused, for whatever reason, and opened again after it', async () => {
    const { sync } = await openTab()
    expect(server.listeners).toBe(1)
    sync.pause()
    await clock.advance(600_000)
    expect(server.listeners).toBe(0)
    sync.resume()
    await settled()
    expect(server.listeners).toBe(1)
    server.instead = () => answer(403, '')
    sync.hurry()
    await clock.advance(600_000)
    expect([sync.state.paused, server.listeners]).toEqual(['forbidden', 0])
  })

  it('that opens again after an outage ends the backoff', async () => {
    const { sync, append } = await openTab()
    server.instead = broken
    server.refusesStreams = 0
    server.breakStreams()
    await append('a')
    await clock.advance(3_600_000)
    const before = server.requests.length
    expect(sync.state.attempt).toBeGreaterThan(10)
    server.instead = undefined
    server.refusesStreams = undefined
    while (server.listeners === 0) await clock.advance(1000)
    if (server.requests.length > before) throw new Error('this seed tries before the stream is open')
    server.heartbeat()
    await settled()
    expect([await server.texts(), sync.state.attempt]).toEqual([['a'], 0])
  })

  it('does not make it ask before the time that the server asked for', async () => {
    const { append, sync } = await openTab()
    server.instead = () => answer(503, '', { 'retry-after': '60' })
    await append('a')
    sync.hurry()
    await settled()
    server.instead = undefined
    const before = server.requests.length
    await clock.advance(30_000)
    server.heartbeat()
    server.breakStreams()
    await clock.advance(29_900)
    server.heartbeat()
    expect([server.requests.length, server.listeners]).toEqual([before, 1])
    await clock.advance(100)
    expect(await server.texts()).toEqual(['a'])
  })
})

describe('a tab that is about to be frozen', () => {
  it('gives up the lock at once, so that another tab leads, and stands for it again when it goes on', async () => {
    const [first, second] = [await openTab(), await openTab()]
    first.sync.rest()
    expect(first.sync.isLeader).toBe(false)
    await settled()
    expect(second.sync.isLeader).toBe(true)
    await first.append('a')
    second.sync.trigger()
    await clock.advance(APPEND_DEBOUNCE_MS)
    expect(await server.texts()).toEqual(['a'])
    first.sync.wake()
    first.sync.wake()
    await settled()
    expect([first.sync.isLeader, second.sync.isLeader]).toEqual([false, true])
    second.sync.stop()
    await settled()
    expect(first.sync.isLeader).toBe(true)
  })

  it('is not given the lock that it waited for', async () => {
    const [first, second, third] = [await openTab(), await openTab(), await openTab()]
    second.sync.rest()
    first.sync.stop()
    await settled()
    expect([second.sync.isLeader, third.sync.isLeader]).toEqual([false, true])
  })

  it('leaves no timer and no stream behind, and goes on as if nothing had been', async () => {
    const { sync, append } = await openTab()
    for (let time = 0; time < 3; time++) {
      sync.rest()
      await settled()
      expect([clock.waiting, server.listeners]).toEqual([0, 0])
      await append(`${time}`)
      sync.wake()
      await settled()
      expect([sync.isLeader, server.listeners]).toEqual([true, 1])
    }
    sync.rest()
    sync.wake()
    await settled()
    expect([sync.isLeader, await server.texts()]).toEqual([true, ['0', '1', '2']])
  })

  it('gives up an exchange in flight, whose late answer changes nothing', async () => {
    const [first, second] = [await openTab(), await openTab()]
    const letGo = holdAnswers()
    await first.append('a')
    first.sync.hurry()
    await settled()
    first.sync.rest()
    await letGo()
    await clock.advance(1000)
    expect([await server.texts(), second.sync.isLeader, second.store.known.head]).toEqual([['a'], true, 1])
    expect(first.changes).toEqual([])
  })

  it('does not lead when it has stopped', async () => {
    const { sync } = await openTab()
    sync.rest()
    sync.stop()
    sync.wake()
    await clock.advance(5000)
    expect([sync.isLeader, clock.waiting]).toEqual([false, 0])
  })
})

describe('several tabs', () => {
  it('have one that talks to the server; when it stops, the next goes on', async () => {
    const [first, second] = [await openTab(), await openTab()]
    expect([first.sync.isLeader, second.sync.isLeader, server.requests.length]).toEqual([true, false, 1])
    await second.append('a')
    first.sync.stop()
    await settled()
    expect([second.sync.isLeader, await server.texts()]).toEqual([true, ['a']])
  })

  it('do not apply the late answer of a tab whose lock was taken away', async () => {
    const first = await openTab({ locks: noLocks })
    await first.append('a')
    const letGo = holdAnswers()
    first.sync.hurry()
    await settled()
    server.instead = undefined
    const second = await openTab({ locks: noLocks })
    expect([second.sync.isLeader, second.store.known.head]).toEqual([true, 1])
    const segments = await second.store.readConfirmed(0, 99)
    await letGo()
    expect(await second.store.readConfirmed(0, 99)).toEqual(segments)
    expect([await server.texts(), first.store.known.head, first.changes]).toEqual([['a'], 1, []])
    expect(first.sync.isLeader).toBe(false)
  })

  /** A machine without locks: every tab believes that it leads. */
  const noLocks: Locks = { hold: (_, signal, work) => work(signal) }
})

describe('stopping', () => {
  it('leaves no timer, no stream and no listener behind, at whatever moment', async () => {
    for (const moment of ['idle', 'in flight', 'backing off', 'debouncing'] as const) {
      const { sync, store } = await openTab()
      if (moment === 'backing off') server.instead = broken
      if (moment === 'in flight') holdAnswers()
      if (moment !== 'idle') sync.hurry()
      await settled()
      if (moment === 'debouncing') sync.trigger()
      sync.stop()
      const aborted = moment === 'in flight'
      await clock.advance(aborted ? 30_000 : 0)
      expect([moment, clock.waiting, server.listeners, sync.isLeader]).toEqual([moment, 0, 0, false])
      server.instead = undefined
      const before = server.requests.length
      machine.connectivity.set(true)
      sync.hurry()
      sync.trigger()
      await clock.advance(3_600_000)
      expect(server.requests.length).toBe(before)
      await store.close()
    }
  })
})
