import { readName, splitName } from './read-name.ts'

/** A food as a person would say it, and what else the table says of it. */
export interface DisplayName {
  /** `Blue cheese`, `Egg`, `Salmon`, `Chicken breast`. */
  readonly title: string
  /** `whole, raw, fresh`; empty if there is nothing more to say. */
  readonly detail: string
}

/** Turns a name of the table round where that reads right, else cuts it into its general word and the rest. */
export function displayName(name: string): DisplayName {
  const { title, detail } = readName(splitName(name))
  return { title: capitalised(tidyCase(title)), detail: tidyCase(detail().join(', ')) }
}

/** One line: `Egg, whole, raw, fresh`, `Blue cheese`. No two foods of the table have the same, unless the table names them alike. */
export function fullName(name: string): string {
  const { title, detail } = displayName(name)
  return detail === '' ? title : `${title}, ${detail}`
}

/** Kept in capitals. */
const ACRONYMS: ReadonlySet<string> = new Set(['BBQ', 'DHA', 'FOS', 'KFC', 'NFS', 'TLC', 'USA', 'USDA'])

/** `KELLOGG'S CREAM OF OATS` → `Kellogg's Cream of Oats` */
function tidyCase(text: string): string {
  return text
    .replace(/\b(?:Mc)?[A-Z][A-Z']{2,}\b/g, (word) => {
      if (ACRONYMS.has(word)) return word
      const start = word.startsWith('Mc') ? 3 : 1
      return word.slice(0, start) + word.slice(start).toLowerCase()
    })
    .replace(/ (?:OF|AT|And|With|The|For|IN|ON|OR) /g, (word) => word.toLowerCase())
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
