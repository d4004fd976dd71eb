import type { Locks } from '../../platform/ports.ts'
import { failureOf } from './failure-of.ts'
import type { TestRunner } from './test-runner.ts'

/** One origin, where nobody holds a lock. */
export interface LocksPlace {
  /** The locks of one more tab. */
  open(): Locks
}

const never = new AbortController().signal
const nothing = async (): Promise<void> => undefined

/** What every `Locks` has to do: only one holds a name at a time, in whichever tab, and whoever ends lets go. */
export function locksContract({ describe, it, expect }: TestRunner, name: string, newPlace: () => LocksPlace): void {
  describe(`locks contract: ${name}`, () => {
    it('let one hold a name at a time, in the order of asking', async () => {
      const locks = newPlace().open()
      const log: string[] = []
      await Promise.all(['a', 'b', 'c'].map((who) => locks.hold('x', never, noting(log, who))))
      expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
    })

    it('let one tab hold a name at a time', async () => {
      const place = newPlace()
      const log: string[] = []
      await Promise.all(['a', 'b', 'c'].map((who) => place.open().hold('x', never, noting(log, who))))
      expect(log.map((line) => line.split(' ')[1])).toEqual(['in', 'out', 'in', 'out', 'in', 'out'])
      expect(log.filter((_, index) => index % 2 === 0).sort()).toEqual(['a in', 'b in', 'c in'])
    })

    it('keep names apart', async () => {
      const locks = newPlace().open()
      const first = open()
      const holding = locks.hold('one', never, () => first.closed)
      await locks.hold('two', never, nothing)
      first.close()
      await holding
    })

    it('reject with what the work threw, and pass on to the next', async () => {
      const locks = newPlace().open()
      const thrown = new Error('no')
      expect(await failureOf(locks.hold('x', never, () => Promise.reject(thrown)))).toBe(thrown)
      await locks.hold('x', never, nothing)
    })

    it('reject whoever gives up waiting, with the reason of its signal, and keep the others out and in order', async () => {
      const locks = newPlace().open()
      const [first, begun] = [open(), open()]
      const log: string[] = []
      const holding = locks.hold('x', never, async () => {
        begun.close()
        await first.closed
        log.push('first out')
      })
      await begun.closed
      const patience = new AbortController()
      const waiting = failureOf(locks.hold('x', patience.signal, noting(log, 'impatient')))
      const next = locks.hold('x', never, noting(log, 'next'))
      const enough = new Error('enough')
      patience.abort(enough)
      expect(await waiting).toBe(enough)
      first.close()
      await Promise.all([holding, next])
      expect(log).toEqual(['first out', 'next in', 'next out'])
    })

    it('refuse a signal that is aborted already, and run nothing', async () => {
      const log: string[] = []
      const enough = new Error('enough')
      const locks = newPlace().open()
      expect(await failureOf(locks.hold('x', AbortSignal.abort(enough), noting(log, 'late')))).toBe(enough)
      await locks.hold('x', never, nothing)
      expect(log).toEqual([])
    })

    it('tell work through its signal that it should end, and keep the lock until it has', async () => {
      const place = newPlace()
      const [one, other] = [place.open(), place.open()]
      const [begun, told, end] = [open(), open(), open()]
      const stop = new AbortController()
      const log: string[] = []
      const holding = one
        .hold('x', stop.signal, async (lost) => {
          begun.close()
          lost.addEventListener('abort', () => told.close(), { once: true })
          await told.closed
          log.push('told')
          await end.closed
          log.push('ended')
        })
        .catch(() => undefined)
      await begun.closed
      const next = other.hold('x', never, noting(log, 'next'))
      stop.abort(new Error('stop'))
      await told.closed
      // The other would have had the time to get in.
      await other.hold('y', never, nothing)
      end.close()
      await Promise.all([holding, next])
      expect(log).toEqual(['told', 'ended', 'next in', 'next out'])
    })
  })
}

function noting(log: string[], who: string): () => Promise<void> {
  return async () => {
    log.push(`${who} in`)
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    log.push(`${who} out`)
  }
}

/** Something that is open until it is closed. */
function open(): { readonly closed: Promise<void>; readonly close: () => void } {
  let close = (): void => undefined
  const closed = new Promise<void>((resolve) => {
    close = resolve
  })
  return { closed, close: () => close() }
}
