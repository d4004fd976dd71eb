import type { BackupEnd, BackupEntry, BackupHeader } from './backup-format.ts'
import { FIRST_SEAL, sealLine } from './backup-seal.ts'

type WithoutEvents<E> = E extends { events: unknown } ? Omit<E, 'events'> : never

/** Writes a backup line by line; each ends with a line feed. */
export class BackupWriter {
  #seal = FIRST_SEAL
  #commits = 0
  #events = 0

  header(header: BackupHeader): string {
    return this.#line(JSON.stringify(header))
  }

  /** @param body its events as they are stored: JSON, separated by commas. They are not parsed */
  commit(entry: WithoutEvents<BackupEntry>, body: string, count: number): string {
    this.#commits++
    this.#events += count
    return this.#line(`${JSON.stringify(entry).slice(0, -1)},"events":[${body}]}`)
  }

  unreadable(range: { readonly first: number; readonly last: number }): string {
    return this.#line(JSON.stringify({ kind: 'unreadable', ...range } satisfies BackupEntry))
  }

  end(): string {
    return this.#line(JSON.stringify({ kind: 'end', commits: this.#commits, events: this.#events } satisfies BackupEnd))
  }

  #line(text: string): string {
    const { line, seal } = sealLine(text, this.#seal)
    this.#seal = seal
    return `${line}\n`
  }
}
