import { LarderError } from '../errors.ts'

export function damagedError(stream: string, record: string): LarderError<'storage-damaged'> {
  return new LarderError(
    'storage-damaged',
    `Events of ${stream} cannot be read, so nothing is decided on them. A store that syncs has them again soon: try later; else restore a backup into a fresh store, or append by hand`,
    { details: { record } },
  )
}
