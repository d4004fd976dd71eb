import { HEADS, type HeadRule, SAYS_ALREADY, STATES } from './heads.ts'
import { type SpecialName, specialNames } from './special-names.ts'

/** A name of the table, understood: what the food is called, and what else is said of it. In the table's letter case. */
export interface ReadName {
  readonly title: string
  /** The title's noun stands first (`chicken breast`), not last (`blue cheese`). */
  readonly nounFirst: boolean
  /** A function, because the search reads seven thousand titles and no detail. */
  readonly detail: () => readonly string[]
}

type Parts = readonly string[]

/** Cuts a name at commas and semicolons, but not inside brackets. */
export function splitName(name: string): Parts {
  const pieces = name.split(SEPARATOR)
  if (!name.includes('(') && name.charAt(0) !== ' ') return pieces
  const parts: string[] = []
  let open: string | undefined
  for (const piece of pieces) {
    const part: string = open === undefined ? piece.trim() : `${open}, ${piece}`
    const isOpen = part.lastIndexOf('(') > part.lastIndexOf(')')
    open = isOpen ? part : undefined
    if (!isOpen && part !== '') parts.push(part)
  }
  if (open !== undefined) parts.push(open)
  return parts
}
const SEPARATOR = /[,;] +/

/** Reads a name that is cut up, from its part `at` on. */
export function readName(parts: Parts, at = 0): ReadName {
  const head = parts[at] ?? ''
  const next = parts[at + 1]
  if (next === undefined) return plain(parts, at)
  const key = head.toLowerCase()
  return readSpecial(parts, at, key, next) ?? readByRule(parts, at, HEADS.get(key), next)
}

function readByRule(parts: Parts, at: number, rule: HeadRule | undefined, next: string): ReadName {
  switch (rule?.kind) {
    case undefined:
      return isMaker(parts[at] ?? '') && !STATES.has(next) ? readMade(parts, at, next) : plain(parts, at)
    case 'label': {
      const { note } = rule
      const read = isMaker(next) && !startsAName(parts[at + 2]) ? plain(parts, at + 1) : readName(parts, at + 1)
      return note === undefined ? read : { ...read, detail: () => [...read.detail(), note] }
    }
    case 'before': {
      const modifier = withoutAside(next)
      const word = modifier.toLowerCase()
      const fits = rule.only === undefined ? !STATES.has(word) && !isMaker(modifier) : rule.only.has(word)
      if (!fits) return plain(parts, at)
      const title = saysAlready(word, rule.noun) ? modifier : `${modifier} ${rule.noun}`
      return { title, nounFirst: false, detail: () => [...asideOf(next), ...parts.slice(at + 2)] }
    }
    case 'after':
      return readCut(parts, at, rule)
  }
}

function readCut(parts: Parts, at: number, rule: HeadRule & { readonly kind: 'after' }): ReadName {
  const { skip } = rule
  let cutAt = at + 1
  while (cutAt < parts.length && skip.has((parts[cutAt] ?? '').toLowerCase())) cutAt++
  const part = parts[cutAt] ?? ''
  const cut = withoutAside(part)
  if (!rule.only.has(cut.toLowerCase())) return plain(parts, at)
  const form = parts[cutAt + 1] ?? ''
  const hasForm = CUT_FORMS.has(form)
  return {
    title: hasForm ? `${rule.noun} ${cut} ${form}` : `${rule.noun} ${cut}`,
    nounFirst: true,
    detail: () => [
      ...asideOf(part),
      ...parts.slice(cutAt + (hasForm ? 2 : 1)),
      ...parts.slice(at + 1, cutAt).filter((each) => skip.get(each.toLowerCase()) === 'detail'),
    ],
  }
}
const CUT_FORMS: ReadonlySet<string> = new Set(['steak', 'roast'])

/** `McDONALD'S, Hamburger`, `KELLOGG, KELLOGG'S CORN FLAKES`: who makes it is not its name. */
function readMade(parts: Parts, at: number, next: string): ReadName {
  const maker = parts[at] ?? ''
  const read = isMaker(next) ? plain(parts, at + 1) : readName(parts, at + 1)
  const repeated = next.toLowerCase().startsWith(maker.toLowerCase())
  return repeated ? read : { ...read, detail: () => [...read.detail(), maker] }
}

/** After a maker: `Instant Oatmeal` is a name, `dry` is not. */
function startsAName(part: string | undefined): boolean {
  return part !== undefined && /^[A-Z0-9]/.test(part)
}

function plain(parts: Parts, at: number): ReadName {
  const part = parts[at] ?? ''
  return { title: withoutAside(part), nounFirst: false, detail: () => [...asideOf(part), ...parts.slice(at + 1)] }
}

function readSpecial(parts: Parts, at: number, key: string, next: string): ReadName | undefined {
  const names = specialNames(key, withoutAside(next).toLowerCase())
  if (names.length === 0) return undefined
  const text = parts.slice(at + 1).join(', ')
  for (const name of names) {
    const match = name.begins.exec(text)
    if (match !== null) return fillSpecial(name, match, text, key)
  }
  return undefined
}

function fillSpecial({ title, keep }: SpecialName, match: RegExpExecArray, text: string, key: string): ReadName {
  const [all, first = '', second = ''] = match
  const fill = (template: string): string => template.replace('$1', first).replace('$2', second)
  return {
    title: fill(title).trim(),
    nounFirst: title.toLowerCase().startsWith(key),
    detail: () => [text.slice(all.length).replace(/^[\s,-]+/, ''), fill(keep)].filter((part) => part !== ''),
  }
}

/** Makers and brands are in capitals. */
export function isMaker(part: string): boolean {
  return /[A-Z]{3}/.test(part) && !/[a-z]{2}/.test(part)
}

/** `iceberg (includes crisphead types)` → `iceberg` */
function withoutAside(part: string): string {
  const open = part.indexOf('(')
  if (open < 1) return part
  const close = part.lastIndexOf(')')
  const after = close === -1 ? '' : part.slice(close + 1).trim()
  return after === '' ? part.slice(0, open).trim() : `${part.slice(0, open).trim()} ${after}`
}

/** `iceberg (includes crisphead types)` → `(includes crisphead types)` */
function asideOf(part: string): readonly string[] {
  const open = part.indexOf('(')
  if (open < 1) return []
  const close = part.lastIndexOf(')')
  const aside = part.slice(open + 1, close === -1 ? part.length : close).trim()
  return aside === '' ? [] : [`(${aside})`]
}

/** `Salad dressing, ranch dressing` says dressing already. */
function saysAlready(modifier: string, noun: string): boolean {
  return (SAYS_ALREADY.get(noun) ?? [noun]).some((word) => modifier.includes(word))
}
