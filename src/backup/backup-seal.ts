import { sha256, toHex } from '../event/sha-256.ts'

/** The seal that the first line stands on. */
export const FIRST_SEAL = ''

const SEAL = /^(.*),"seal":"([0-9a-f]{64})"\}$/s

/**
 * Adds to a line, a JSON object, its seal: the SHA-256 in hex of the seal of the line before, a line feed, and the line without its seal. So a line
 * that was changed, left out, added or moved is found where that was done, and a file that was cut off lacks its end.
 */
export function sealLine(text: string, before: string): { readonly line: string; readonly seal: string } {
  const seal = sealOf(text, before)
  return { line: `${text.slice(0, -1)},"seal":"${seal}"}`, seal }
}

/** The line without its seal, and the seal; undefined when it is not what was sealed. */
export function openLine(line: string, before: string): { readonly text: string; readonly seal: string } | undefined {
  const [, start, seal] = SEAL.exec(line) ?? []
  if (start === undefined || seal === undefined) return undefined
  const text = `${start}}`
  return sealOf(text, before) === seal ? { text, seal } : undefined
}

/** Whether it ends as a sealed line does: one that was cut off does not. */
export function hasSeal(line: string): boolean {
  return SEAL.test(line)
}

const encoder = new TextEncoder()

function sealOf(text: string, before: string): string {
  return toHex(sha256(encoder.encode(`${before}\n${text}`)))
}
