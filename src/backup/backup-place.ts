import { LarderError } from '../errors.ts'
import type { BackupHeader } from './backup-format.ts'
import { FIRST_SEAL } from './backup-seal.ts'

/** Most UTF-16 units of a line: a commit has at most 1 MiB of JSON, and what is said of it is less. */
export const MAX_LINE_UNITS = 4 * 1024 * 1024

/** What is wrong with a file. */
export type BackupProblem =
  /** It is no backup of Larder's. */
  | 'not-a-backup'
  /** A line is not what was written there. */
  | 'altered'
  /** It ends before its end. */
  | 'truncated'
  /** Its seals hold, and yet it does not say what a backup says: it was not written by Larder. */
  | 'malformed'

/** How far a file has been read. Plain data: it crosses threads, and a reader goes on from it. */
export interface BackupPlace {
  /** Lines read. */
  readonly line: number
  readonly seal: string
  /** In commits that were read. */
  readonly commits: number
  readonly events: number
  readonly header: BackupHeader | undefined
  readonly hasEnded: boolean
  /** The last line, where it was a confirmed commit: which, and at which positions. */
  readonly confirmed: ConfirmedPlace | undefined
  /** The store lacks what was read, and was looked through for all that it lacks. */
  readonly hasSearched?: true
}

export interface ConfirmedPlace {
  readonly id: string
  readonly first: number
  readonly last: number
}

export const START_OF_BACKUP: BackupPlace = {
  line: 0,
  seal: FIRST_SEAL,
  commits: 0,
  events: 0,
  header: undefined,
  hasEnded: false,
  confirmed: undefined,
}

export function backupInvalid(problem: BackupProblem, line: number, sentence: string): LarderError<'backup-invalid'> {
  return new LarderError('backup-invalid', `Line ${line} of the backup: ${sentence}. Take another copy of it`, {
    details: { line, problem },
  })
}
