import { describe, expect, it } from 'vitest'
import { createBrowserPlatform } from '../../src/platform/browser-platform.ts'
import { WebLocks } from '../../src/platform/web-locks.ts'

const never = new AbortController().signal
const locks = new WebLocks(navigator.locks)

describe('web locks', () => {
  it('are what a browser platform has', () => {
    expect(createBrowserPlatform().locks).toBeInstanceOf(WebLocks)
  })

  it('let one hold a name at a time', async () => {
    const log: string[] = []
    const hold = (who: string) =>
      locks.hold('one-at-a-time', never, async () => {
        log.push(`${who} in`)
        await Promise.resolve()
        log.push(`${who} out`)
      })
    await Promise.all([hold('a'), hold('b')])
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out'])
  })

  it('reject whoever gives up waiting', async () => {
    const controller = new AbortController()
    await locks.hold('give-up', never, async () => {
      const waiting = locks.hold('give-up', controller.signal, async () => {})
      controller.abort(new Error('enough'))
      await expect(waiting).rejects.toThrow('enough')
    })
  })

  it('tell work that its lock was stolen, wait for it to end, and reject', async () => {
    let ended = false
    let begun = (): void => {}
    const begins = new Promise<void>((resolve) => {
      begun = resolve
    })
    const holding = locks.hold('stolen', never, async (lost) => {
      begun()
      await new Promise((resolve) => lost.addEventListener('abort', resolve, { once: true }))
      await Promise.resolve()
      ended = true
    })
    await begins
    const rejection = expect(holding).rejects.toMatchObject({ name: 'AbortError' })
    await navigator.locks.request('stolen', { steal: true }, async () => {})
    await rejection
    expect(ended).toBe(true)
  })

  it('tell work through its signal that it should end, and keep the lock until it has', async () => {
    const controller = new AbortController()
    await locks.hold('end', controller.signal, async (lost) => {
      controller.abort()
      expect(lost.aborted).toBe(true)
      const { held } = await navigator.locks.query()
      expect(held?.map(({ name }) => name)).toContain('end')
    })
  })

  it('reject with what work threw', async () => {
    await expect(locks.hold('throws', never, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  })
})

describe('a channel between tabs', () => {
  it('tells the others, and not itself, until it is closed', async () => {
    const { openChannel } = createBrowserPlatform()
    const [one, other] = [openChannel('larder-test'), openChannel('larder-test')]
    const own: unknown[] = []
    one.subscribe((message) => own.push(message))
    const heard = new Promise<unknown>((resolve) => other.subscribe(resolve))
    one.post({ head: 5 })
    expect(await heard).toEqual({ head: 5 })
    expect(own).toEqual([])
    one.close()
    one.post('nobody hears this, and it does not throw')
    other.close()
  })
})
