import { LarderError } from '../src/errors.ts'

/** Reads of one column of a row, checked: a database that was written by something else is said to be damaged, and not believed. */
export function text(row: unknown, column: string): string {
  const value = member(row, column)
  if (typeof value === 'string') return value
  throw damaged(column)
}

export function integer(row: unknown, column: string): number {
  const value = member(row, column)
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw damaged(column)
}

function member(row: unknown, column: string): unknown {
  return typeof row === 'object' && row !== null ? Reflect.get(row, column) : undefined
}

function damaged(record: string): LarderError<'storage-damaged'> {
  return new LarderError(
    'storage-damaged',
    `The server's database holds no valid '${record}': restore it from a backup`,
    {
      details: { record },
    },
  )
}
