/** Unpaired surrogates and U+0000: JSON can say them, UTF-8 and PostgreSQL cannot. */
const SUSPECT = /[\u0000\uD800-\uDFFF]/

/** Index of the first character that cannot be stored everywhere, or −1. */
export function firstBrokenCharacter(text: string): number {
  if (!SUSPECT.test(text)) return -1
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit === 0) return index
    if (unit < 0xd800 || unit > 0xdfff) continue
    if (!isPair(unit, text.charCodeAt(index + 1))) return index
    index++
  }
  return -1
}

function isPair(high: number, low: number): boolean {
  return high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff
}

const BEYOND_ASCII = /[\u0080-\uFFFF]/

/** UTF-8 bytes of a text, without encoding it; an unpaired surrogate counts as U+FFFD, which it would become. */
export function utf8Length(text: string): number {
  if (!BEYOND_ASCII.test(text)) return text.length
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    if (unit < 0x800) bytes += 1
    else {
      bytes += 2
      if (isPair(unit, text.charCodeAt(index + 1))) index++
    }
  }
  return bytes
}
