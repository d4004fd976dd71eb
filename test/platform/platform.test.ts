import { afterEach, describe, expect, it, vi } from 'vitest'
import { createBrowserPlatform } from '../../src/platform/browser-platform.ts'
import { createConsoleLogger } from '../../src/platform/console-logger.ts'
import { createNodePlatform } from '../../src/platform/node-platform.ts'
import type { Logger } from '../../src/platform/ports.ts'
import { browserStorageFacts } from '../../src/platform/storage-facts.ts'
import { createUuidIds } from '../../src/platform/uuid-ids.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('ids', () => {
  const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

  it('are lower-case UUIDs of version 7 that begin with the time', () => {
    const id = createUuidIds(() => 0x0190_0000_abcd).next()
    expect(id).toMatch(UUID_V7)
    expect(id.slice(0, 13)).toBe('01900000-abcd')
  })

  it('grow within one instance, also when the clock is set back by a year, or is out of range', () => {
    const year = 365 * 24 * 3600 * 1000
    const times = [2 * year, 2 * year, year, year + 1, -5, Number.MAX_VALUE]
    const ids = createUuidIds(() => times.shift() ?? 3 * year)
    const made = Array.from({ length: 10 }, () => ids.next())
    expect(made).toEqual([...made].sort())
    expect(new Set(made).size).toBe(10)
  })

  it('are the same for the same random bits', () => {
    const make = () =>
      createUuidIds(
        () => 1000,
        () => 0x1234_5678,
      ).next()
    expect(make()).toBe(make())
  })
})

describe('the console logger', () => {
  it('shows its level and what is graver', () => {
    const shown: unknown[][] = []
    for (const level of ['error', 'info', 'debug'] as const) {
      vi.spyOn(globalThis.console, level).mockImplementation((...args: unknown[]) => shown.push([level, ...args]))
    }
    const say = (logger: Logger): void => {
      logger.error('e', { code: 'x' })
      logger.info('i')
      logger.debug('d')
    }
    say(createConsoleLogger())
    expect(shown.splice(0)).toEqual([['error', 'larder e', { code: 'x' }]])
    say(createConsoleLogger('info'))
    expect(shown.splice(0).map(([level]) => level)).toEqual(['error', 'info'])
    say(createConsoleLogger('debug'))
    expect(shown.map(([level]) => level)).toEqual(['error', 'info', 'debug'])
  })
})

describe('a platform', () => {
  const silent: Logger = { error: () => {}, info: () => {}, debug: () => {} }

  it('of a browser without Web Locks says so, and has locks for this tab', async () => {
    vi.stubGlobal('navigator', {})
    const said: string[] = []
    const { locks } = createBrowserPlatform({ logger: { ...silent, error: (message) => said.push(message) } })
    expect(said).toEqual([expect.stringContaining('no Web Locks')])
    let isHeld = false
    await locks.hold('x', new AbortController().signal, async () => {
      isHeld = true
    })
    expect(isHeld).toBe(true)
  })

  it('of Node is online, and lets its tabs hear each other', async () => {
    const { connectivity, openChannel, clock } = createNodePlatform({ logger: silent })
    expect(connectivity.online()).toBe(true)
    const [one, other] = [openChannel('larder-node'), openChannel('larder-node')]
    const heard = new Promise<unknown>((resolve) => other.subscribe(resolve))
    // The channel alone keeps no process alive.
    const cancel = clock.after(10_000, () => {})
    one.post('hello')
    expect(await heard).toBe('hello')
    cancel()
    one.close()
    other.close()
  })

  it('follows what the browser says of the network, until it no longer listens', () => {
    vi.stubGlobal('navigator', { onLine: false })
    const target = new EventTarget()
    vi.stubGlobal('addEventListener', target.addEventListener.bind(target))
    vi.stubGlobal('removeEventListener', target.removeEventListener.bind(target))
    const { connectivity } = createBrowserPlatform({ logger: silent })
    expect(connectivity.online()).toBe(false)
    const heard: boolean[] = []
    const stop = connectivity.subscribe((online) => heard.push(online))
    target.dispatchEvent(new Event('online'))
    target.dispatchEvent(new Event('offline'))
    stop()
    target.dispatchEvent(new Event('online'))
    expect(heard).toEqual([true, false])
  })
})

describe('storage facts', () => {
  const unknown = { persisted: 'unknown', usageBytes: undefined, quotaBytes: undefined }

  it('C13: are unknown where the browser has none', async () => {
    vi.stubGlobal('navigator', {})
    expect(await browserStorageFacts().read()).toEqual(unknown)
    expect(await browserStorageFacts().persist()).toBe('unknown')
  })

  it('C13: are unknown where the browser fails to say', async () => {
    const fail = () => Promise.reject(new TypeError('no'))
    vi.stubGlobal('navigator', { storage: { estimate: fail, persisted: fail, persist: fail } })
    expect(await browserStorageFacts().read()).toEqual(unknown)
    expect(await browserStorageFacts().persist()).toBe('unknown')
  })

  it('C13: are unknown where asking throws', async () => {
    const fail = () => {
      throw new TypeError('no')
    }
    vi.stubGlobal('navigator', { storage: { estimate: fail, persisted: fail, persist: fail } })
    expect(await browserStorageFacts().read()).toEqual(unknown)
    expect(await browserStorageFacts().persist()).toBe('unknown')
  })

  it('C13: are unknown where the browser never answers, after 2 s, and after 30 s where it may ask a person', async () => {
    vi.useFakeTimers()
    try {
      const hang = () => new Promise(() => {})
      vi.stubGlobal('navigator', { storage: { estimate: hang, persisted: hang, persist: hang } })
      const reading = browserStorageFacts().read()
      await vi.advanceTimersByTimeAsync(2000)
      expect(await reading).toEqual(unknown)
      const asking = browserStorageFacts().persist()
      await vi.advanceTimersByTimeAsync(30_000)
      expect(await asking).toBe('unknown')
    } finally {
      vi.useRealTimers()
    }
  })

  it('C13: say how full it is although the browser never says whether it is kept', async () => {
    vi.useFakeTimers()
    try {
      const estimate = async () => ({ usage: 1, quota: 2 })
      vi.stubGlobal('navigator', { storage: { estimate, persisted: () => new Promise(() => {}) } })
      // In this turn: whoever has a second to say that the disk is full cannot wait for two.
      expect(await browserStorageFacts().estimate()).toEqual({ usage: 1, quota: 2 })
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('are what the browser says', async () => {
    const storage = {
      estimate: async () => ({ usage: 1, quota: 2 }),
      persisted: async () => true,
      persist: async () => true,
    }
    vi.stubGlobal('navigator', { storage })
    expect(await browserStorageFacts().read()).toEqual({ persisted: true, usageBytes: 1, quotaBytes: 2 })
    expect(await browserStorageFacts().persist()).toBe(true)
  })
})
