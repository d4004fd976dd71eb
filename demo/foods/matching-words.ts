import { isOneEditApart, isOneEditFromStart } from './edit-distance.ts'
import type { FoodIndex } from './food-index.ts'
import { stemOf } from './words.ts'

/** A word of the index that a typed word may mean, and how surely: 1 = the very word. */
export interface WordMatch {
  readonly word: number
  readonly quality: number
}

const SAME_STEM = 0.97
const TYPO = 0.5
/** Shorter words are one edit from too many others. */
const TYPO_MIN_LENGTH = 5
/** And shorter beginnings from the beginnings of too many. */
const TYPO_START_MIN_LENGTH = 6

/** The typed word itself, its other number, and the words that begin with it. */
export function directMatches(index: FoodIndex, typed: string): readonly WordMatch[] {
  const qualities = new Map<number, number>()
  if (typed.length >= 3) for (const word of index.stems.get(stemOf(typed)) ?? []) qualities.set(word, SAME_STEM)
  const isNumber = /^\d/.test(typed)
  for (let word = firstFrom(index.words, typed); word < index.words.length; word++) {
    const text = index.words[word] ?? ''
    if (!text.startsWith(typed)) break
    if (text === typed) qualities.set(word, 1)
    else if (!isNumber && !qualities.has(word)) qualities.set(word, 0.5 + (0.4 * typed.length) / text.length)
  }
  return [...qualities].map(([word, quality]) => ({ word, quality }))
}

/** Words that the typed one would be, but for a letter that is missing, too many, wrong, or swapped; from six letters, also their beginnings. */
export function typoMatches(index: FoodIndex, typed: string): readonly WordMatch[] {
  if (typed.length < TYPO_MIN_LENGTH || /\d/.test(typed)) return []
  const isSlip = typed.length < TYPO_START_MIN_LENGTH ? isOneEditApart : isOneEditFromStart
  const matches: WordMatch[] = []
  index.words.forEach((text, word) => {
    if (text.length < typed.length - 1 || !isSlip(typed, text)) return
    matches.push({ word, quality: (TYPO * Math.min(typed.length, text.length)) / Math.max(typed.length, text.length) })
  })
  return matches
}

/** `icecream` → `ice`, `cream`: two words of the index that were typed as one. */
export function splitTyped(index: FoodIndex, typed: string): readonly [string, string] | undefined {
  for (let at = typed.length - 3; at >= 3; at--) {
    const [first, second] = [typed.slice(0, at), typed.slice(at)]
    if (isWord(index, first) && isWord(index, second)) return [first, second]
  }
  return undefined
}

function isWord(index: FoodIndex, typed: string): boolean {
  return index.words[firstFrom(index.words, typed)] === typed || index.stems.has(stemOf(typed))
}

/** Index of the first word that is not before `typed`. */
function firstFrom(words: readonly string[], typed: string): number {
  let low = 0
  let high = words.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((words[middle] ?? '') < typed) low = middle + 1
    else high = middle
  }
  return low
}
