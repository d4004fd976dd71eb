import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

function codesIn(path: string, pattern: RegExp): string[] {
  return Array.from(readFileSync(resolve(root, path), 'utf8').matchAll(pattern), ([, code = '']) => code)
}

it('every error code stands in the table of the documentation, and no other does', () => {
  const source = readFileSync(resolve(root, 'src/errors.ts'), 'utf8')
  const details = source.slice(
    source.indexOf('interface LarderErrorDetails'),
    source.indexOf('export type LarderErrorCode'),
  )
  const codes = Array.from(details.matchAll(/^ {2}'?([a-z-]+)'?:/gm), ([, code = '']) => code)
  expect(codes.length).toBeGreaterThan(30)
  expect(codesIn('docs/errors.md', /^\| `([a-z-]+)` \|/gm).sort()).toEqual(codes.sort())
})
