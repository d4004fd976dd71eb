import { LarderError } from '../errors.ts'
import type { Clock } from '../platform/ports.ts'
import type { EventStore } from '../store/event-store.ts'
import { BackupExport } from './export-backup.ts'
import { type BackupImported, type BackupLines, importBackup } from './import-backup.ts'

export interface BackupDeskOptions {
  readonly store: EventStore
  readonly clock: Clock
  /** Version of the domain. */
  readonly domain: string
}

/** Backups that are being written, and those that are read. */
export class BackupDesk {
  readonly #options: BackupDeskOptions
  readonly #exports = new Map<number, BackupExport>()

  constructor(options: BackupDeskOptions) {
    this.#options = options
  }

  /**
   * The next part of a backup, as lines; undefined at the end.
   *
   * @param id whatever the caller calls this backup
   * @param part from 0, which begins it
   * @param scope `'unsynced'`: only what is on this device alone
   * @throws LarderError `worker-crashed` when the parts in front of it were given by another worker: a backup has to be of one moment
   */
  async read(id: number, part: number, scope: 'all' | 'unsynced' = 'all'): Promise<string | undefined> {
    const { store, clock, domain } = this.#options
    const about = { domain, at: new Date(clock.now()).toISOString() }
    if (part === 0) this.#exports.set(id, new BackupExport(store, about, scope))
    const backup = this.#exports.get(id)
    if (backup === undefined) throw begunElsewhere()
    const text = await backup.next()
    if (text === undefined) this.end(id)
    return text
  }

  end(id: number): void {
    this.#exports.delete(id)
  }

  import(lines: BackupLines): Promise<BackupImported> {
    const { store, clock } = this.#options
    return importBackup(store, lines, () => clock.now())
  }
}

function begunElsewhere(): LarderError<'worker-crashed'> {
  return new LarderError('worker-crashed', 'The worker died while the backup was written: export it again', {
    details: { outcome: 'nothing-written' },
  })
}
