/** Numbers stay whole (`3.25`), letters and digits part (`v8` is `v` and `8`), so that a person need not know how the table spells it. */
const WORD = /[a-z]+|\d+(?:\.\d+)?/g
/** `m&m` is one word. */
const LETTER_AND_LETTER = /\b([a-z])&([a-z])/g
const MARKS = /[\u0300-\u036f]/g
const ASCII = /^[\x00-\x7f]*$/

/** The words of a text in lower case, without accents, apostrophes and punctuation. */
export function wordsOf(text: string): readonly string[] {
  const plain = ASCII.test(text) ? text : text.normalize('NFD').replace(MARKS, '').replace(/[’‘]/g, "'")
  return plain.toLowerCase().replaceAll("'", '').replace(LETTER_AND_LETTER, '$1$2').match(WORD) ?? []
}

const IRREGULAR = new Map([
  ['leaves', 'leaf'],
  ['loaves', 'loaf'],
  ['halves', 'half'],
])

/** Brings singular and plural to one form, which need not be a word: `berries` and `berry` are both `berri`. */
export function stemOf(word: string): string {
  if (word.length < 3) return word
  const irregular = IRREGULAR.get(word)
  if (irregular !== undefined) return irregular
  let stem = word
  if (/(?:s|x|z|ch|sh|o)es$/.test(stem)) stem = stem.slice(0, -2)
  else if (stem.endsWith('s') && !/(?:ss|us|is)$/.test(stem)) stem = stem.slice(0, -1)
  if (stem.endsWith('ie') && stem.length > 3) return stem.slice(0, -1)
  if (stem.endsWith('y')) return `${stem.slice(0, -1)}i`
  return stem
}

/** Words that a food may lack without being another food. */
export const SMALL_WORDS: ReadonlySet<string> = new Set(['a', 'an', 'and', 'in', 'of', 'on', 'or', 'the', 'with', 'n'])
