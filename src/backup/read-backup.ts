import { LarderError } from '../errors.ts'
import {
  BACKUP_VERSION,
  type BackupEntry,
  type BackupHeader,
  backupEnd,
  backupEntry,
  backupHeader,
} from './backup-format.ts'
import {
  type BackupPlace,
  type BackupProblem,
  backupInvalid,
  type ConfirmedPlace,
  MAX_LINE_UNITS,
  START_OF_BACKUP,
} from './backup-place.ts'
import { FIRST_SEAL, openLine } from './backup-seal.ts'
import { isStorable } from './is-storable.ts'

/** Reads a backup line by line. A line is believed only if its seal holds, on all lines in front of it. */
export class BackupReader {
  #place: BackupPlace

  constructor(place: BackupPlace = START_OF_BACKUP) {
    this.#place = place
  }

  get place(): BackupPlace {
    return this.#place
  }

  /**
   * The entry of the next line; undefined for header and end.
   *
   * @throws LarderError `backup-invalid`, `backup-too-new`; the place stays in front of the line
   */
  read(line: string): BackupEntry | undefined {
    const { header, hasEnded, seal } = this.#place
    if (header === undefined) return this.#readHeader(line)
    if (hasEnded) throw this.#invalid('altered', 'there is more behind its end')
    const opened = line.length > MAX_LINE_UNITS ? undefined : openLine(line, seal)
    if (opened === undefined) throw this.#invalid('altered', 'it is not what was written there')
    const value = parse(opened.text)
    if (isEnd(value)) return this.#readEnd(value, opened.seal)
    const entry = backupEntry.safeParse(value)
    if (!entry.success) throw this.#invalid('malformed', 'it is no entry of a backup')
    if (entry.data.kind !== 'unreadable' && !isStorable(entry.data, line.length))
      throw this.#invalid('malformed', 'its events are larger or deeper than any that could be stored')
    const events = 'events' in entry.data ? entry.data.events.length : 0
    this.#move(opened.seal, { commits: events > 0 ? 1 : 0, events, ...placeOf(entry.data) })
    return entry.data
  }

  /** @throws LarderError `backup-invalid` when the file ends here, and should not */
  finish(): void {
    if (this.#place.header === undefined) throw this.#invalid('not-a-backup', 'the file is no backup of Larder’s')
    if (!this.#place.hasEnded) throw this.#invalid('truncated', 'the file was cut off here')
  }

  #readHeader(line: string): undefined {
    const opened = line.length > MAX_LINE_UNITS ? undefined : openLine(line, FIRST_SEAL)
    const value = parse(opened?.text ?? line)
    const isHeader = isObject(value) && value.kind === 'larder-backup'
    if (isHeader && Number.isSafeInteger(value.version) && Number(value.version) > BACKUP_VERSION)
      throw tooNew(Number(value.version))
    if (!isHeader) throw this.#invalid('not-a-backup', 'the file is no backup of Larder’s')
    const header = backupHeader.safeParse(value)
    if (opened === undefined) throw this.#invalid('altered', 'it is not what was written there')
    if (!header.success) throw this.#invalid('malformed', 'it is no header of a backup')
    this.#move(opened.seal, { header: header.data })
    return undefined
  }

  #readEnd(value: unknown, seal: string): undefined {
    const end = backupEnd.safeParse(value)
    const { commits, events } = this.#place
    if (!end.success || end.data.commits !== commits || end.data.events !== events)
      throw this.#invalid('malformed', 'it counts other commits than there are')
    this.#move(seal, { hasEnded: true })
    return undefined
  }

  #move(
    seal: string,
    by: { commits?: number; events?: number; header?: BackupHeader; hasEnded?: boolean; confirmed?: ConfirmedPlace },
  ): void {
    const { line, commits, events, header, hasEnded } = this.#place
    this.#place = {
      line: line + 1,
      seal,
      commits: commits + (by.commits ?? 0),
      events: events + (by.events ?? 0),
      header: by.header ?? header,
      hasEnded: by.hasEnded ?? hasEnded,
      confirmed: by.confirmed,
    }
  }

  #invalid(problem: BackupProblem, sentence: string): LarderError<'backup-invalid'> {
    return backupInvalid(problem, this.#place.line + 1, sentence)
  }
}

function placeOf(entry: BackupEntry): { confirmed?: ConfirmedPlace } {
  if (entry.kind !== 'confirmed') return {}
  const { id, position, events } = entry
  return { confirmed: { id, first: position, last: position + events.length - 1 } }
}

function tooNew(version: number): LarderError<'backup-too-new'> {
  return new LarderError(
    'backup-too-new',
    'A newer version of this app has written this backup: update the app, then import it. Nothing was imported',
    { details: { version, supported: BACKUP_VERSION } },
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isEnd(value: unknown): boolean {
  return isObject(value) && value.kind === 'end'
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
