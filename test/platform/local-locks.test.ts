import { describe, expect, it } from 'vitest'
import { LocalLocks } from '../../src/platform/local-locks.ts'

const never = new AbortController().signal

/** Work that lasts until it is let go. */
function held() {
  let letGo = (): void => {}
  const work = new Promise<void>((resolve) => {
    letGo = resolve
  })
  return { work: () => work, letGo: () => letGo() }
}

describe('local locks', () => {
  it('let one hold a name at a time, in the order of asking', async () => {
    const locks = new LocalLocks()
    const log: string[] = []
    const hold = (who: string) =>
      locks.hold('sync', never, async () => {
        log.push(`${who} in`)
        await Promise.resolve()
        log.push(`${who} out`)
      })
    await Promise.all([hold('a'), hold('b'), hold('c')])
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
  })

  it('keep names apart', async () => {
    const locks = new LocalLocks()
    const first = held()
    const holding = locks.hold('one', never, first.work)
    await locks.hold('two', never, async () => {})
    first.letGo()
    await holding
  })

  it('pass on to the next when work throws, and reject with what it threw', async () => {
    const locks = new LocalLocks()
    await expect(locks.hold('sync', never, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await locks.hold('sync', never, async () => {})
  })

  it('reject whoever gives up waiting, and still keep later ones out until the holder is done', async () => {
    const locks = new LocalLocks()
    const first = held()
    const holding = locks.hold('sync', never, first.work)
    const controller = new AbortController()
    const waiting = locks.hold('sync', controller.signal, async () => {})
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    let isIn = false
    const next = locks.hold('sync', never, async () => {
      isIn = true
    })
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    expect(isIn).toBe(false)
    first.letGo()
    await holding
    await next
    expect(isIn).toBe(true)
  })

  it('refuse a signal that is aborted already', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(new LocalLocks().hold('sync', signal, async () => {})).rejects.toThrow('enough')
  })

  it('tell running work through its signal that it should end', async () => {
    const controller = new AbortController()
    await new LocalLocks().hold('sync', controller.signal, async (lost) => {
      controller.abort()
      expect(lost.aborted).toBe(true)
    })
  })
})
