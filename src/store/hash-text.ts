/**
 * FNV-1a over UTF-16 units, 32 bits: the same for a text at all times. The low bits alone hardly mix: fold the others into them. For telling whether something was changed there
 * is `Checksum`.
 */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash
}
