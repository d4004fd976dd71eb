import type { ImportProgress } from '../errors.ts'

export interface BackupImportOptions {
  /** Told after each part that is stored. What it throws ends the import. */
  onProgress?: (progress: BackupProgress) => void
  /** Ends the import; what is stored stays stored. */
  signal?: AbortSignal
}

export interface BackupProgress extends ImportProgress {
  /** Commits that were here before. */
  readonly known: number
  /** Events read so far, of about `total`. */
  readonly read: number
  readonly total: number
}

export interface BackupContents {
  readonly commits: number
  readonly events: number
  /** When it was exported, ISO 8601. */
  readonly at: string
  /** The installation that it is of. */
  readonly device: string
}

/** The log as a file, out and in. */
export interface LarderBackup {
  /**
   * The whole log: what is confirmed, pending, refused and given up, with ids, devices, times and all. Written as the stream is read, a part at a
   * time, so a log of any size fits; the stream can be cancelled. What is in it is of one moment. It is plain text: whoever has the file can read it.
   *
   * The stream errors with `worker-crashed` (export it again), `storage-…`, `closed`.
   */
  export(): ReadableStream<Uint8Array<ArrayBuffer>>
  /**
   * Adds the commits of a backup that are not here yet. Those that are, in whatever place, are passed over: doing it again, after it broke off, goes
   * on where it was. In a store that does not sync they are confirmed in the order of the file, with their ids, devices and times; in one that does
   * they become pending in that order, without what they expected, and the server says what becomes of them. Refused and given up ones stay so.
   *
   * What a store that does not sync has lost of the log that the backup is of, or has damaged, is put back at its positions.
   *
   * A stream cannot be read twice, so this is not all or nothing: a line is written only if it and all in front of it are what was exported. When the
   * file is altered, or cut off, what stands in front of that place is imported, and `error.imported` says how much. To know first, `check` it.
   *
   * @throws LarderError `backup-invalid` with the line, `backup-too-new`, `source-failed`, `aborted`, `argument`, and what `append` throws when it cannot store
   */
  import(stream: ReadableStream<Uint8Array>, options?: BackupImportOptions): Promise<BackupProgress>
  /**
   * Reads a backup to its end and stores nothing.
   *
   * @throws LarderError as `import`
   */
  check(stream: ReadableStream<Uint8Array>, options?: { signal?: AbortSignal }): Promise<BackupContents>
}
