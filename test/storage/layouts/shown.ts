import { openLarderInline } from '../../../src/inline/open-larder-inline.ts'
import { gzipCodec } from '../../../src/platform/gzip-codec.ts'
import { nextTurn } from '../../../src/platform/next-turn.ts'
import type { Larder } from '../../../src/reactive/larder.ts'
import type { StorageBackend } from '../../../src/store/storage-backend.ts'
import { TestMachine } from '../../../src/testing/machine/test-machine.ts'
import { failureOf } from '../../support/failure.ts'
import { journal, Noted, notes } from '../../support/notes.ts'
import { taskDomain, tasks } from '../../support/tasks.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

/** What a screen shows of a store, and what an app is told of it. */
export interface Shown {
  readonly events: readonly { readonly type: string; readonly data: unknown; readonly position: number | undefined }[]
  /** Folded: the journal of the notes, or by list the tasks that are open. */
  readonly states: unknown
  readonly letters: readonly string[]
}

type DomainName = 'notes' | 'tasks'

export async function pickShown(larder: Larder, domain: DomainName): Promise<Shown> {
  const events: Shown['events'][number][] = []
  for await (const { type, data, position } of larder.events()) events.push({ type, data, position })
  const openIn = async (list: string) => Object.values((await larder.load(tasks, list)).state.open)
  return {
    events,
    states:
      domain === 'notes' ? await larder.get(journal) : { home: await openIn('home'), errands: await openIn('errands') },
    letters: await lettersOf(larder),
  }
}

const lettersOf = async (larder: Larder) => (await larder.deadLetters.list()).map(({ kind, code }) => `${kind} ${code}`)

/** Opens the app on a fixture, with a server that cannot be reached where it syncs. */
export async function openApp(name: string, backend: StorageBackend) {
  const domain: DomainName = name.endsWith('later-synced') || name.endsWith('latest-synced') ? 'tasks' : 'notes'
  const clock = new VirtualClock()
  const codec = gzipCodec()
  const devices: string[] = []
  const transport = {
    post: async ({ body }: { readonly body: string }) => {
      devices.push(JSON.parse(body).device)
      throw new TypeError('away')
    },
    listen: () => Promise.reject(new TypeError('away')),
  }
  const larder = await openLarderInline(domain === 'notes' ? notes : taskDomain, {
    ...{ name: 'notes', platform: new TestMachine({ clock, ...(codec === undefined ? {} : { codec }) }).openTab() },
    storage: async () => backend,
    ...(name.endsWith('synced') ? { sync: { transport } } : {}),
  })
  /** The clock goes on only as fast as the database answers, however slow the machine is. */
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    for (let turn = 0; turn < 500; turn++) {
      if (await holds()) return
      await backend.transact('read', ['meta'], (tx) => tx.get('meta', 'log'))
      await nextTurn()
      await clock.advance(20)
    }
    throw new Error('It did not come to that.')
  }
  return { larder, domain, devices, until }
}

type App = Awaited<ReturnType<typeof openApp>>

/** A claimed store, of which two tabs have ended in the middle of a handler's run: what becomes of the run, and of another claim. */
export async function goOnClaimed({ larder, until }: App) {
  const handled: string[] = []
  larder.handle(Noted, ({ data }) => void handled.push(data.text), {
    ...{ name: 'mail', from: 'start', when: 'stored', retry: { attempts: 1 } },
  })
  await until(async () => handled.length >= 2 && (await lettersOf(larder)).length > 0)
  return { handled, letters: await lettersOf(larder), refused: (await failureOf(() => larder.claim('bob'))).code }
}

/** A forked installation with a command that is to be decided again: how often it has been then, and who it says that it is. */
export async function goOnForked({ until, devices }: App, backend: StorageBackend) {
  const pending = () => backend.transact('read', ['pending'], (tx) => tx.read('pending', {}))
  await until(async () => devices.length > 0 && (await pending()).every(({ decideFrom }) => decideFrom === undefined))
  const meta = await backend.transact('read', ['meta'], (tx) => tx.get('meta', 'log'))
  return {
    redecided: (await pending()).map(({ redecided }) => redecided),
    isForked: [...new Set(devices)].every((device) => device === meta?.forks?.at(-1)?.to),
  }
}
