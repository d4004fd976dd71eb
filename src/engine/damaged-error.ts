import { LarderError } from '../errors.ts'
import type { Authority } from '../store/records.ts'

export function damagedError(
  stream: string,
  record: string,
  { authority }: { readonly authority: Authority },
): LarderError<'storage-damaged'> {
  const what =
    authority === 'local'
      ? 'Import a backup that has them: they are put back in their place. If it stays so, import it into a new store, under another name, and go on there'
      : 'They are pulled again from the server: try later'
  return new LarderError(
    'storage-damaged',
    `Events of ${stream} cannot be read, so nothing is decided on what is left. ${what}`,
    { details: { record } },
  )
}
