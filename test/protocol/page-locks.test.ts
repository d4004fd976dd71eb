import { describe, expect, it } from 'vitest'
import { HeldLocks } from '../../src/client/held-locks.ts'
import { LocalLocks } from '../../src/platform/local-locks.ts'
import type { Locks } from '../../src/platform/ports.ts'
import { PageLocks } from '../../src/protocol/page-locks.ts'
import { settled } from '../support/virtual-clock.ts'

const never = new AbortController().signal

/** A page with its worker, on the locks of the origin. The worker hears nothing while it is frozen. */
function openTab(origin: Locks) {
  const late: (() => void)[] = []
  const tab = { isFrozen: false }
  const inWorker: Locks & Pick<PageLocks, 'answer'> = new PageLocks((notification) => {
    if (notification.kind === 'lock') queueMicrotask(() => page.hold(notification.id, notification.name))
    if (notification.kind === 'unlock') queueMicrotask(() => page.release(notification.id))
  })
  const page: HeldLocks = new HeldLocks(origin, (id, is) => {
    const tell = () => inWorker.answer(id, is)
    if (tab.isFrozen) late.push(tell)
    else queueMicrotask(tell)
  })
  const thaw = () => {
    tab.isFrozen = false
    for (const tell of late.splice(0)) tell()
  }
  return { tab, page, thaw, locks: inWorker }
}

/** Holds the lock until `signal` aborts, and writes down when. */
function holdUntil(locks: Locks, log: string[], who: string, signal = never): Promise<unknown> {
  return locks
    .hold('x', signal, async (lost) => {
      log.push(`${who} holds`)
      await new Promise((resolve) => lost.addEventListener('abort', resolve, { once: true }))
      log.push(`${who} ends`)
    })
    .catch((error: Error) => log.push(`${who}: ${error.name}`))
}

describe('locks that a page holds for its worker', () => {
  it('are held by one tab at a time, and given on when work ends or is told to', async () => {
    const origin = new LocalLocks()
    const [a, b] = [openTab(origin), openTab(origin)]
    const log: string[] = []
    const end = new AbortController()
    void holdUntil(a.locks, log, 'a', end.signal)
    void holdUntil(b.locks, log, 'b')
    await settled()
    expect(log).toEqual(['a holds'])
    end.abort()
    await settled()
    expect(log).toEqual(['a holds', 'a ends', 'b holds'])
    await a.locks.hold('y', never, async () => void log.push('a has y'))
    expect(log.at(-1)).toBe('a has y')
  })

  it('are let go of by the page alone, though its worker is frozen and hears of it later', async () => {
    const origin = new LocalLocks()
    const [a, b] = [openTab(origin), openTab(origin)]
    const log: string[] = []
    void holdUntil(a.locks, log, 'a')
    await settled()
    void holdUntil(b.locks, log, 'b')
    a.tab.isFrozen = true
    a.page.releaseAll()
    await settled()
    expect(log).toEqual(['a holds', 'b holds'])
  })

  it('are not waited for by a page that let go, so that none comes to a frozen one', async () => {
    const origin = new LocalLocks()
    const [a, b, c] = [openTab(origin), openTab(origin), openTab(origin)]
    const log: string[] = []
    const end = new AbortController()
    void holdUntil(a.locks, log, 'a', end.signal)
    await settled()
    void holdUntil(b.locks, log, 'b')
    await settled()
    void holdUntil(c.locks, log, 'c')
    b.page.releaseAll()
    end.abort()
    await settled()
    expect(log).toEqual(['a holds', 'a ends', 'c holds'])
  })

  it('tell the worker when they were taken away', async () => {
    let take = (): void => undefined
    const origin: Locks = {
      hold: async (_, signal, work) => {
        const stolen = new AbortController()
        take = () => stolen.abort()
        await work(AbortSignal.any([signal, stolen.signal]))
        throw new DOMException('stolen', 'AbortError')
      },
    }
    const { locks } = openTab(origin)
    const log: string[] = []
    const held = holdUntil(locks, log, 'a')
    await settled()
    take()
    await held
    expect(log).toEqual(['a holds', 'a ends', 'a: AbortError'])
  })

  it('are given up by whoever does not want to wait any longer, and then free for others', async () => {
    const origin = new LocalLocks()
    const [a, b] = [openTab(origin), openTab(origin)]
    const log: string[] = []
    const [end, enough] = [new AbortController(), new AbortController()]
    void holdUntil(a.locks, log, 'a', end.signal)
    await settled()
    void holdUntil(b.locks, log, 'b', enough.signal)
    await settled()
    enough.abort()
    await settled()
    end.abort()
    await settled()
    expect(log).toEqual(['a holds', 'b: AbortError', 'a ends'])
    await expect(b.locks.hold('x', enough.signal, async () => undefined)).rejects.toThrow()
  })
})
