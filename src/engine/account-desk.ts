import { START_OF_BACKUP } from '../backup/backup-place.ts'
import { argumentError, LarderError } from '../errors.ts'
import type { Clock, Codec, Ids, Locks, Logger, Platform } from '../platform/ports.ts'
import { destroyLog } from '../store/destroy-log.ts'
import { EventStore } from '../store/event-store.ts'
import { Removal } from '../store/removal.ts'
import type { StorageBackend } from '../store/storage-backend.ts'
import { StorageWatch } from '../store/storage-watch.ts'
import { countUnsynced, type Unsynced } from '../store/unsynced.ts'
import { within } from '../store/within.ts'
import type { EngineOptions } from './engine-options.ts'
import { BackupExport } from './export-backup.ts'
import { importBackup } from './import-backup.ts'
import type { TabMessage } from './tab-message.ts'

/** How long somebody waits for an empty storage to be removed. */
const REMOVE_MS = 10_000

/** What became of a claim. */
export interface Claimed {
  /** New in the account's store. */
  readonly commits: number
  readonly events: number
  /** Were there before. */
  readonly known: number
  /** What the account's store has that its server has not accepted; 0 when all that was claimed is safe there, and this store may go. */
  readonly unsynced: number
}

export interface AccountDeskOptions {
  readonly store: EventStore
  readonly clock: Clock
  readonly ids: Ids
  readonly locks: Locks
  /** Of this store: see {@link Removal}. */
  readonly place: string
  readonly logger: Logger
  readonly codec: Codec | undefined
  /** Version of the domain. */
  readonly domain: string
  readonly backend: Pick<StorageBackend, 'remove'>
  /** The stores of accounts under the same name; undefined where this is one. */
  readonly accounts?: EngineOptions['accounts']
  readonly openChannel: Platform['openChannel']
  /** Tells the other tabs that there is nothing to go on with. */
  readonly onDestroyed: () => void
  readonly close: () => Promise<void>
}

export class AccountDesk {
  readonly #options: AccountDeskOptions

  constructor(options: AccountDeskOptions) {
    this.#options = options
  }

  unsynced(): Promise<Unsynced> {
    return this.#options.store.read(countUnsynced)
  }

  /** Removes the store, and closes it in every tab. @throws LarderError `unsynced`, `storage-timeout` */
  async destroy(mayLose: Parameters<typeof destroyLog>[1]['mayLose']): Promise<void> {
    const { store, ids, clock, backend, close, onDestroyed } = this.#options
    let onEmpty = (): void => undefined
    const empty = new Promise<void>((resolve) => {
      onEmpty = resolve
    })
    const gone = new Removal(this.#options).alone(async () => {
      await destroyLog(store, { device: ids.next(), mayLose })
      onDestroyed()
      await close()
      onEmpty()
      // It is empty already: what cannot be removed now is only a name.
      await backend.remove?.().catch(() => undefined)
    })
    // Nobody opens it before the name is gone, but who has it destroyed need not wait for a browser that takes its time.
    await Promise.race([gone, empty.then(() => within(clock, REMOVE_MS, gone))])
  }

  /**
   * Copies what this store holds into the account's, the oldest first. What is there is passed over, so that a claim that ended half way is made again.
   *
   * @throws LarderError `argument`, `claimed`, and what the storage throws
   */
  async claim(account: string): Promise<Claimed> {
    const { accounts, clock, ids, logger, codec, openChannel } = this.#options
    if (accounts === undefined)
      throw argumentError(
        'account',
        'This store belongs to an account: open the one without, and claim what that holds',
      )
    await this.#take(account)
    const backend = new StorageWatch(await accounts.open(account), { ...this.#options, place: accounts.place(account) })
    // Whether it syncs is not for this to say: where nobody has opened it yet, whoever opens it with sync has it adopted.
    const removal = new Removal({ ...this.#options, place: accounts.place(account) })
    const target = await EventStore.open({ backend, clock, ids, logger, codec, authority: 'local', removal }).catch(
      async (error: unknown) => {
        await backend.close()
        throw error
      },
    )
    try {
      const copied = await this.#copyTo(target)
      const { pending, deadLetters } = await target.read(countUnsynced)
      return { ...copied, unsynced: pending + deadLetters }
    } finally {
      await target.close()
      // Whoever has the account's store open reads what was copied into it.
      const channel = openChannel(`larder:${accounts.place(account)}`)
      channel.post({ kind: 'moved' } satisfies TabMessage)
      channel.close()
    }
  }

  /** One account only: nothing crosses to another. */
  async #take(account: string): Promise<void> {
    await this.#options.store.transition(async (tx, { meta }) => {
      if (meta.claimedBy === account) return
      if (meta.claimedBy !== undefined)
        throw new LarderError('claimed', 'Another account has claimed what this store holds: nothing was copied', {})
      await tx.put('meta', { ...meta, claimedBy: account })
    })
  }

  async #copyTo(target: EventStore): Promise<Omit<Claimed, 'unsynced'>> {
    const { store, domain, clock } = this.#options
    const backup = new BackupExport(store, { domain, at: new Date(clock.now()).toISOString() })
    let place = START_OF_BACKUP
    const copied = { commits: 0, events: 0, known: 0 }
    for (let text = await backup.next(); text !== undefined; text = await backup.next()) {
      const lines = text.split('\n').slice(0, -1)
      const part = await importBackup(target, { lines, place, isLast: false, checkOnly: false }, () => clock.now())
      if (part.failure !== undefined)
        throw new LarderError('internal', 'What was read of this store cannot be read again; please report this', {
          cause: part.failure,
        })
      place = part.place
      copied.commits += part.commits
      copied.events += part.events
      copied.known += part.known
    }
    return copied
  }
}
