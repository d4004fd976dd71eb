import { describe, expect, it } from 'vitest'
import { Client } from '../../src/client/client.ts'
import type { Connect } from '../../src/client/connection.ts'
import { openEngine } from '../../src/engine/open-engine.ts'
import type { Locks, Platform } from '../../src/platform/ports.ts'
import { createWorkerApi } from '../../src/protocol/create-worker-api.ts'
import { WORKER_PROTOCOL, type WorkerApi } from '../../src/protocol/worker-api.ts'
import { createLarder } from '../../src/reactive/create-larder.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { StorageBackend, StorageTransaction } from '../../src/store/storage-backend.ts'
import { Noted, noted, notes } from '../support/notes.ts'
import { thorough } from '../support/thorough.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

const never = <T>(): Promise<T> => new Promise(() => undefined)

/** A tab that dies at its n-th step: a call on the storage, a commit, or a message between page and worker. From then on nothing of it happens. */
class MortalTab {
  readonly #dead = new AbortController()
  readonly #diesAt: number
  #steps = 0

  constructor(diesAt: number) {
    this.#diesAt = diesAt
  }

  get isDead(): boolean {
    return this.#dead.signal.aborted
  }

  /** Whether it lives on. */
  step(): boolean {
    if (++this.#steps === this.#diesAt) this.#dead.abort()
    return !this.isDead
  }

  async open(platform: Platform, disk: MemoryDisk): Promise<Larder> {
    const own = { ...platform, locks: this.#locks(platform.locks) }
    const request = {
      ...{ protocol: WORKER_PROTOCOL, domainVersion: notes.version, name: 'notes', account: undefined },
      ...{ syncUrl: undefined, hasAuth: false, maxAttempts: undefined, fallback: undefined },
    } as const
    const client = await Client.open({
      domain: notes,
      platform: own,
      connect: this.#connect(own, disk),
      request,
      auth: undefined,
    })
    return createLarder(client, {
      persist: async () => false,
      read: async () => ({ persisted: false, usageBytes: undefined, quotaBytes: undefined }),
    })
  }

  #connect(platform: Platform, disk: MemoryDisk): Connect {
    return async (notify) => {
      const api = createWorkerApi({
        domainVersion: notes.version,
        clock: platform.clock,
        notify: (notification) => queueMicrotask(() => this.step() && notify(notification)),
        openEngine: (opened) =>
          openEngine({
            ...opened,
            ...{ domain: notes, platform, auth: undefined, fallbackStorage: undefined },
            openStorage: async () => this.#storage(openMemoryStorage(disk)),
            createTransport: () => {
              throw new Error('it does not sync')
            },
          }),
      })
      const calls = new Proxy({} as WorkerApi, {
        get:
          (_, name) =>
          async (...given: unknown[]) => {
            if (!this.step()) return never()
            const answer = await (Reflect.get(api, name) as (...all: unknown[]) => Promise<unknown>)(...given)
            return this.step() ? answer : never()
          },
      }) as WorkerApi
      return { api: calls, gone: never(), lifecycle: () => undefined, end: () => undefined }
    }
  }

  #storage(backend: StorageBackend): StorageBackend {
    const steps = (tx: StorageTransaction): StorageTransaction =>
      new Proxy(tx, {
        get:
          (target, name) =>
          async (...given: unknown[]) => {
            if (!this.step()) throw new Died()
            return (Reflect.get(target, name) as (...all: unknown[]) => Promise<unknown>).apply(target, given)
          },
      })
    return {
      mode: backend.mode,
      transact: async (mode, tables, work) => {
        if (!this.step()) return never()
        try {
          const result = await backend.transact(mode, tables, async (tx) => {
            const done = await work(steps(tx))
            if (!this.step()) throw new Died()
            return done
          })
          return this.step() ? result : await never()
        } catch (error) {
          if (this.isDead) return never()
          throw error
        }
      },
      close: () => backend.close(),
    }
  }

  /** Let go of when it dies, as a browser does. */
  #locks(locks: Locks): Locks {
    const { signal } = this.#dead
    const death = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    return {
      hold: (name, end, work) =>
        locks.hold(name, AbortSignal.any([end, signal]), (lost) => Promise.race([work(lost), death])),
    }
  }
}

class Died extends Error {}

interface Ran {
  readonly text: string
  readonly by: string
}

/** A handler that answers each note, and fails for good at one of them. */
function answerNotes(larder: Larder, by: string, ran: Ran[], isAlive: () => boolean): void {
  larder.handle(
    Noted,
    async ({ data, metadata }, context) => {
      if (metadata.causationId !== undefined) return
      ran.push({ text: data.text, by })
      if (data.text === 'bad') throw new Error('no')
      await context.append([noted(`answer to ${data.text}`)], { stream: 'answers' })
      await context.append(noted(`second to ${data.text}`), { stream: 'answers' })
      if (!isAlive()) await never()
    },
    { name: 'coach', retry: { attempts: 2 } },
  )
}

async function story(diesAt: number): Promise<{ died: boolean }> {
  const clock = new VirtualClock()
  const machine = new VirtualMachine(1, clock)
  const disk = new MemoryDisk()
  const ran: Ran[] = []
  const mortal = new MortalTab(diesAt)
  const acknowledged: string[] = []
  const life = async (): Promise<void> => {
    const first = await mortal.open(machine.openTab(), disk)
    answerNotes(first, 'first', ran, () => !mortal.isDead)
    for (const [text, stream] of [
      ['1', 'a'],
      ['bad', 'b'],
      ['2', 'a'],
      ['3', 'b'],
    ] as const) {
      await first.append(noted(text), { stream })
      acknowledged.push(text)
    }
  }
  void life().catch(() => undefined)
  await clock.advance(diesAt % 3 === 0 ? 50 : 20_000)
  const died = mortal.isDead
  const heir = new MortalTab(Number.POSITIVE_INFINITY)
  const second = await heir.open(machine.openTab(), disk)
  answerNotes(second, 'second', ran, () => true)
  await clock.advance(60_000)
  const { events } = await second.events({ stream: 'answers', types: [Noted] })
  const answers = events.map(({ data }) => data.text)
  expect(new Set(answers).size, 'nothing is there twice').toBe(answers.length)
  for (const text of acknowledged.filter((each) => each !== 'bad')) {
    expect(answers, `after step ${diesAt}`).toContain(`answer to ${text}`)
    expect(answers, `after step ${diesAt}`).toContain(`second to ${text}`)
  }
  const letters = await second.deadLetters.list()
  expect(letters.map(({ events: [event] }) => event?.data)).toEqual(
    acknowledged.includes('bad') || letters.length > 0 ? [{ text: 'bad', days: [] }] : [],
  )
  await second.close()
  return { died }
}

describe('a durable handler whose tab dies at any step', () => {
  it('leaves nothing out that was acknowledged, and adds nothing twice', async () => {
    // No multiple of three, by which the stories differ.
    const stride = thorough(1, 4)
    let steps = 0
    for (let diesAt = 1; ; diesAt += stride) {
      const { died } = await story(diesAt)
      if (!died) break
      steps = diesAt
    }
    expect(steps).toBeGreaterThan(150)
  }, 300_000)
})
