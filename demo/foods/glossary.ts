import { ALIASES } from './aliases.ts'
import { HEADS } from './heads.ts'
import { foodAt, packPlace } from './place.ts'
import { WORD_PRIOR } from './prior.ts'
import { isMaker } from './read-name.ts'
import { SMALL_WORDS, stemOf, wordsOf } from './words.ts'

/** A part of a name, read once: most parts (`raw`, `without salt`) stand in hundreds of names. */
interface ReadPart {
  readonly words: readonly WordEntry[]
  readonly isMade: boolean
  readonly isLabel: boolean
}

interface WordEntry {
  readonly id: number
  readonly text: string
  readonly prior: number
  readonly isSmall: boolean
  /** The last food that it was added to. */
  food: number
}

/** What the search reads: words in order, and where each occurs. */
export interface SortedWords {
  readonly words: readonly string[]
  readonly starts: Uint32Array
  readonly places: Uint32Array
  readonly stems: ReadonlyMap<string, readonly number[]>
}

/** The words met so far and where, with a count over the food at hand. */
export class Glossary {
  readonly #words = new Map<string, WordEntry>()
  readonly #parts = new Map<string, ReadPart>()
  /** One entry for each word of each food, in the order in which they were met: the word's id, and the place. */
  #ids = new Uint16Array(1 << 15)
  #places = new Uint32Array(1 << 15)
  #length = 0
  #food = -1
  #count = 0
  #prior = 0

  begin(food: number): void {
    this.#food = food
    this.#count = 0
    this.#prior = 0
  }

  /** Different words of this food, small ones left out; at least 1. */
  get count(): number {
    return Math.min(255, Math.max(1, this.#count))
  }

  /** Sum of what its words say about how likely it is meant. */
  get prior(): number {
    return this.#prior
  }

  read(part: string): ReadPart {
    const known = this.#parts.get(part)
    if (known !== undefined) return known
    const isLabel = HEADS.get(part.toLowerCase())?.kind === 'label' && !/[A-Z]{2}/.test(part)
    const read = { words: wordsOf(part).map((word) => this.#entry(word)), isMade: isMaker(part), isLabel }
    this.#parts.set(part, read)
    return read
  }

  /** The first place of a word in a food counts; later ones add nothing. */
  add(word: WordEntry, inTitle: boolean, isNoun: boolean, weight: number): void {
    if (word.food === this.#food) return
    word.food = this.#food
    this.#push(word.id, packPlace(this.#food, inTitle, isNoun, weight))
    this.#prior += word.prior
    if (!word.isSmall) this.#count++
  }

  sorted(): SortedWords {
    this.#addAliases()
    const entries = [...this.#words.values()].sort((a, b) => (a.text < b.text ? -1 : 1))
    const rank = new Uint16Array(entries.length)
    const stems = new Map<string, number[]>()
    entries.forEach(({ id, text }, index) => {
      rank[id] = index
      const stem = stemOf(text)
      const same = stems.get(stem)
      if (same === undefined) stems.set(stem, [index])
      else same.push(index)
    })
    const [starts, places] = this.#byWord(rank)
    return { words: entries.map((entry) => entry.text), starts, places, stems }
  }

  /** Places word by word (a counting sort): `places[starts[w]]` up to `places[starts[w + 1]]`. */
  #byWord(rank: Uint16Array): readonly [Uint32Array, Uint32Array] {
    const starts = new Uint32Array(rank.length + 1)
    const at = (entry: number): number => rank[this.#ids[entry] ?? 0] ?? 0
    for (let entry = 0; entry < this.#length; entry++) {
      const next = at(entry) + 1
      starts[next] = (starts[next] ?? 0) + 1
    }
    for (let word = 0; word < rank.length; word++) starts[word + 1] = (starts[word + 1] ?? 0) + (starts[word] ?? 0)
    const places = new Uint32Array(this.#length)
    const fill = starts.slice()
    for (let entry = 0; entry < this.#length; entry++) {
      const word = at(entry)
      const to = fill[word] ?? 0
      places[to] = this.#places[entry] ?? 0
      fill[word] = to + 1
    }
    return [starts, places]
  }

  /** A food has an alias at the place of the first of the words that it stands for. */
  #addAliases(): void {
    const placesOf = this.#placesOfAliased()
    for (const { say, for: names } of ALIASES) {
      const [first = [], ...others] = names.map((name) => placesOf.get(name) ?? [])
      const foods = others.map((places) => new Set(places.map(foodAt)))
      const { id } = this.#entry(say)
      for (const place of first) if (foods.every((each) => each.has(foodAt(place)))) this.#push(id, place)
    }
  }

  #placesOfAliased(): ReadonlyMap<string, readonly number[]> {
    const byName = new Map<string, readonly number[]>()
    const byId = new Array<number[] | undefined>(this.#words.size)
    for (const name of new Set(ALIASES.flatMap((alias) => alias.for))) {
      const entry = this.#words.get(name)
      if (entry === undefined) continue
      const places: number[] = []
      byId[entry.id] = places
      byName.set(name, places)
    }
    for (let entry = 0; entry < this.#length; entry++) byId[this.#ids[entry] ?? 0]?.push(this.#places[entry] ?? 0)
    return byName
  }

  #push(id: number, place: number): void {
    if (this.#length === this.#ids.length) {
      const [ids, places] = [new Uint16Array(this.#length * 2), new Uint32Array(this.#length * 2)]
      ids.set(this.#ids)
      places.set(this.#places)
      this.#ids = ids
      this.#places = places
    }
    this.#ids[this.#length] = id
    this.#places[this.#length] = place
    this.#length++
  }

  #entry(text: string): WordEntry {
    const known = this.#words.get(text)
    if (known !== undefined) return known
    const entry: WordEntry = {
      id: this.#words.size,
      text,
      prior: WORD_PRIOR.get(text) ?? 0,
      isSmall: SMALL_WORDS.has(text),
      food: -1,
    }
    this.#words.set(text, entry)
    return entry
  }
}
