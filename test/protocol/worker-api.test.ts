import { expose } from 'comlink'
import { describe, expect, it, vi } from 'vitest'
import { openEngine } from '../../src/engine/open-engine.ts'
import { createWorkerApi } from '../../src/protocol/create-worker-api.ts'
import { type Notification, type OpenRequest, WORKER_PROTOCOL } from '../../src/protocol/worker-api.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { noted, notes } from '../support/notes.ts'
import { prepared } from '../support/prepared.ts'
import { settled, VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

const request: OpenRequest = {
  protocol: WORKER_PROTOCOL,
  domainVersion: notes.version,
  name: 'notes',
  account: undefined,
  syncUrl: undefined,
  hasAuth: false,
  maxAttempts: undefined,
  fallback: undefined,
}

/** @param wait what every storage transaction waits for */
function session(wait: () => Promise<void> = async () => undefined) {
  const clock = new VirtualClock()
  const platform = new VirtualMachine(1, clock).openTab()
  const disk = new MemoryDisk()
  const told: Notification[] = []
  const api = createWorkerApi({
    domainVersion: notes.version,
    clock,
    notify: (notification) => void told.push(structuredClone(notification)),
    openEngine: (given, auth) =>
      openEngine({
        ...given,
        ...{ domain: notes, platform, auth, fallbackStorage: undefined },
        openStorage: async () => {
          const backend = openMemoryStorage(disk)
          const transact: typeof backend.transact = async (...given) => {
            await wait()
            return backend.transact(...given)
          }
          return { mode: 'memory', transact, close: () => backend.close() }
        },
        createTransport: () => Promise.reject.bind(Promise) as never,
      }),
  })
  return { api, told, clock }
}

describe('C96: what a page may call', () => {
  it('is a frozen object without a prototype', () => {
    const { api } = session()
    expect(Object.isFrozen(api)).toBe(true)
    expect(Object.getPrototypeOf(api)).toBeNull()
    expect(Object.values(api).every((member) => typeof member === 'function')).toBe(true)
  })

  it('cannot be changed through a port', async () => {
    const { api } = session()
    const { port1, port2 } = new MessageChannel()
    expose(api, port1)
    const answered = new Set<string>()
    port2.onmessage = ({ data }) => answered.add(data.id)
    const paths = [
      ['append'],
      ['append', 'name'],
      ['append', 'apply'],
      ['__proto__'],
      ...[[], ['constructor', 'prototype'], ['append', '__proto__'], ['append', 'constructor', 'prototype']].map(
        (path) => [...path, 'polluted'],
      ),
      ...['__proto__', 'apply', 'call'].map((of) => ['append', of, '__proto__', 'polluted']),
    ]
    try {
      const before = api.append
      for (const path of paths)
        port2.postMessage({ id: path.join(), type: 'SET', path, value: { type: 'RAW', value: true } })
      await vi.waitFor(() => expect(answered.size).toBe(paths.length))
      expect(api.append).toBe(before)
      expect(Reflect.ownKeys(api)).not.toContain('polluted')
      expect('polluted' in {}).toBe(false)
      expect('polluted' in (() => undefined)).toBe(false)
    } finally {
      port1.close()
      port2.close()
    }
  })

  it('answers closed before it is opened, and after it is closed', async () => {
    const { api } = session()
    const commit = prepared(noted('a'))
    expect(await api.append(commit, false)).toMatchObject({ ok: false, error: { code: 'closed' } })
    expect(await api.open(request)).toMatchObject({ ok: true, value: { mode: 'memory' } })
    expect(await api.append(commit, false)).toMatchObject({ ok: true, value: { position: 1 } })
    expect(await api.close()).toMatchObject({ ok: true })
    expect(await api.append(commit, false)).toMatchObject({ ok: false, error: { code: 'closed' } })
    expect(await api.close()).toMatchObject({ ok: true })
  })

  it('is opened once', async () => {
    const { api } = session()
    await api.open(request)
    expect(await api.open(request)).toMatchObject({ ok: false, error: { code: 'argument' } })
  })

  it.each([
    ['protocol', { protocol: WORKER_PROTOCOL + 1 }],
    ['domain', { domainVersion: 'other' }],
  ])('is not opened by a page of another %s', async (_, change) => {
    const { api } = session()
    expect(await api.open({ ...request, ...change })).toMatchObject({ ok: false, error: { code: 'worker-mismatch' } })
  })
})

describe('what a page is told', () => {
  it('comes at once, and then in one piece for all that changes within 16 ms', async () => {
    const { api, told, clock } = session()
    await api.open({ ...request, syncUrl: undefined })
    await api.subscribe(1, { to: 'commits' })
    await api.subscribe(2, { to: 'health' })
    expect(told).toMatchObject([
      { kind: 'told', id: 1, payload: [] },
      { kind: 'told', id: 2, payload: { faulted: [], storage: { mode: 'memory', state: 'ready' } } },
    ])
    await api.subscribe(3, {
      to: 'view',
      view: { projection: 'fragile', target: { kind: 'key', key: '' }, layer: 'all' },
    })
    await settled()
    told.length = 0
    await api.append(prepared(noted('boom')), false)
    await clock.advance(100)
    const health = told.filter((each) => 'id' in each && each.id === 2)
    expect(health).toHaveLength(1)
    expect(health).toMatchObject([{ payload: { faulted: [{ projection: 'fragile' }] } }])
  })

  it('ends when it is not wanted any more, and when it is closed', async () => {
    const { api, told, clock } = session()
    await api.open(request)
    await api.subscribe(1, { to: 'commits' })
    await api.subscribe(2, {
      to: 'view',
      view: { projection: 'journal', target: { kind: 'key', key: '' }, layer: 'all' },
    })
    await settled()
    await api.unsubscribe(2)
    told.length = 0
    await api.append(prepared(noted('a')), false)
    await clock.advance(100)
    expect(told.filter((each) => 'id' in each && each.id === 2)).toEqual([])
    const late = api.append(prepared(noted('b')), false)
    await api.close()
    expect(await late).toMatchObject({ ok: true })
    told.length = 0
    await clock.advance(60_000)
    expect([told, clock.waiting]).toEqual([[], 0])
  })

  it('does not break off when it closes slowly', async () => {
    let gate = Promise.resolve()
    let open = (): void => undefined
    const { api, clock } = session(() => gate)
    await api.open(request)
    await api.subscribe(1, { to: 'health' })
    const view = { projection: 'fragile', target: { kind: 'key', key: '' }, layer: 'all' } as const
    await api.subscribe(2, { to: 'view', view })
    await settled()
    // Something is due to be told when it begins to close.
    await api.append(prepared(noted('boom')), false)
    gate = new Promise((resolve) => {
      open = resolve
    })
    const late = api.append(prepared(noted('b')), false)
    const closing = api.close()
    await clock.advance(100)
    open()
    expect(await late).toMatchObject({ ok: true })
    expect(await closing).toMatchObject({ ok: true })
  })

  it('is refused for a projection that is not there', async () => {
    const { api } = session()
    await api.open(request)
    const view = { projection: 'nope', target: { kind: 'key', key: '' }, layer: 'all' } as const
    expect(await api.subscribe(1, { to: 'view', view })).toMatchObject({
      ok: false,
      error: { code: 'projection-unknown', details: { projection: 'nope' } },
    })
  })
})
