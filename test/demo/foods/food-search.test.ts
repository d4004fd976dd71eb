import { describe, expect, it } from 'vitest'
import { fullName } from '../../../demo/foods/display-name.ts'
import { createFoodSearch, createFoodSearchInPieces, type SearchOptions } from '../../../demo/foods/food-search.ts'
import { nextTask } from '../../../demo/foods/next-task.ts'
import { thorough } from '../../support/thorough.ts'
import { rows } from './table.ts'

const foods = createFoodSearch(rows)
const names = (query: string, options?: SearchOptions) => foods.search(query, options).map(({ name }) => fullName(name))

/** What a person means by these words, judged by hand. */
const meant: readonly (readonly [query: string, first: string])[] = [
  ['egg', 'Egg, whole, raw, fresh'],
  ['eggs', 'Egg, whole, raw, fresh'],
  ['hard boiled egg', 'Hard-boiled egg'],
  ['scrambled eggs', 'Scrambled egg'],
  ['apple', 'Apples, raw, with skin'],
  ['banana', 'Bananas, raw'],
  ['orange', 'Oranges, raw, all commercial varieties'],
  ['strawberry', 'Strawberries, raw'],
  ['berries', 'Strawberries, raw'],
  ['avocado', 'Avocados, raw, all commercial varieties'],
  ['milk', 'Whole milk, 3.25% milkfat, with added vitamin D'],
  ['skim milk', 'Nonfat milk, fluid, with added vitamin A and vitamin D (fat free or skim)'],
  ['2% milk', 'Reduced fat milk, fluid, 2% milkfat, with added vitamin A and vitamin D'],
  ['soy milk', 'Soymilk, original and vanilla, with added calcium, vitamins A and D'],
  ['blue cheese', 'Blue cheese'],
  ['cheddar', 'Cheddar cheese'],
  ['cheese', 'Cheddar cheese'],
  ['yogurt', 'Plain yogurt, whole milk, 8 grams protein per 8 ounce'],
  ['butter', 'Butter, salted'],
  ['peanut butter', 'Peanut butter, smooth style, with salt'],
  ['chicken', 'Chicken breast, meat only, cooked, roasted'],
  ['chicken breast', 'Chicken breast, meat only, cooked, roasted'],
  ['ground beef', 'Ground beef, 80% lean meat / 20% fat, raw'],
  ['bacon', 'Bacon, cooked, broiled, pan-fried or roasted, cured'],
  ['tuna', 'Tuna, light, canned in water, drained solids'],
  ['shrimp', 'Shrimp, mixed species, cooked, moist heat'],
  ['rice', 'White rice, long-grain, regular, cooked'],
  ['brown rice', 'Brown rice, long-grain, cooked'],
  ['pasta', 'Spaghetti, cooked, enriched, without added salt'],
  ['bread', 'White bread, commercially prepared (includes soft bread crumbs)'],
  ['whole wheat bread', 'Whole-wheat bread, commercially prepared'],
  ['tomato', 'Tomatoes, red, ripe, raw, year round average'],
  ['tomatoes', 'Tomatoes, red, ripe, raw, year round average'],
  ['broccoli', 'Broccoli, raw'],
  ['bell pepper', 'Sweet peppers, green, raw'],
  ['green beans', 'Green beans, raw'],
  ['almonds', 'Almonds'],
  ['olive oil', 'Olive oil, salad or cooking'],
  ['sugar', 'Granulated sugar'],
  ['honey', 'Honey'],
  ['coffee', 'Coffee, brewed from grounds, prepared with tap water'],
  ['tea', 'Black tea, brewed, prepared with tap water'],
  ['water', 'Water, tap, drinking'],
  ['beer', 'Beer, regular, all'],
  ['red wine', 'Red wine'],
  ['ice cream', 'Vanilla ice cream'],
  ['apple pie', 'Apple pie, commercially prepared, enriched flour'],
  ['french fries', 'French fries, in vegetable oil, fast food'],
  ['fried rice', 'Fried rice, Chinese restaurant'],
  ['nutella', 'Chocolate-flavored hazelnut spread'],
  ['latte', 'Whole milk, 3.25% milkfat, with added vitamin D'],
  ['big mac', "Big Mac, McDonald's"],
]

describe('what a person means', () => {
  it.each(meant)('%s: %s', (query, first) => {
    expect(names(query)[0]).toBe(first)
  })

  it('has cooked oats before the grain for oats', () => {
    const oats = names('oats', { limit: 3 })
    expect(oats[0]).toMatch(/cooked with water/)
    expect(oats).toContain('Oats')
  })

  it('has raw apples before apple pie, and fluid milk before milk chocolate', () => {
    const apples = names('apple', { limit: 500 })
    expect(apples.indexOf('Apples, raw, with skin')).toBeLessThan(
      apples.findIndex((name) => name.startsWith('Apple pie')),
    )
    const milk = names('milk', { limit: 500 })
    expect(milk.findIndex((name) => name.startsWith('Reduced fat milk'))).toBeLessThan(
      milk.indexOf('Milk chocolate, candy'),
    )
  })

  it("has babies' food last", () => {
    const bananas = names('banana', { limit: 500 })
    const first = bananas.findIndex((name) => name.startsWith('Babyfood'))
    expect(first).toBeGreaterThan(bananas.length / 2)
  })
})

describe('how one may type', () => {
  it('words in any order', () => {
    expect(names('cheese blue')[0]).toBe('Blue cheese')
    expect(names('breast, chicken')[0]).toBe(names('chicken breast')[0])
  })

  it('only the beginning of a word', () => {
    expect(names('banan')[0]).toBe('Bananas, raw')
    expect(names('chick bre')[0]).toBe(names('chicken breast')[0])
    expect(names('e')[0]).toBe('Egg, whole, raw, fresh')
  })

  it('in any case, with accents, apostrophes and other signs', () => {
    expect(names('  BLUE   Cheese! ')[0]).toBe('Blue cheese')
    expect(names('crème')).toEqual(names('creme'))
    expect(names('m&m')[0]).toMatch(/^M&M/)
    expect(names('mcdonalds hamburger')[0]).toBe("Hamburger, McDonald's")
    expect(names('McDonald’s hamburger')[0]).toBe("Hamburger, McDonald's")
  })

  it('one or many', () => {
    expect(names('strawberries')[0]).toBe(names('strawberry')[0])
    expect(names('potato')[0]).toBe(names('potatoes')[0])
    expect(names('radish')[0]).toBe('Radishes, raw')
  })

  it('two words as one, or one as two', () => {
    expect(names('icecream')[0]).toBe('Vanilla ice cream')
    expect(names('cornflakes')[0]).toBe("Kellogg's Corn Flakes, cereal")
    expect(names('egg nog')[0]).toBe('Eggnog')
  })

  it('as other countries say it', () => {
    expect(names('aubergine')[0]).toBe('Eggplant, raw')
    expect(names('courgette')[0]).toBe('Zucchini, includes skin, raw')
    expect(names('yoghurt')[0]).toBe(names('yogurt')[0])
    expect(names('prawns')[0]).toBe(names('shrimp')[0])
    expect(names('porridge')[0]).toMatch(/^Oats.*cooked with water/)
    expect(names('semi skimmed milk')[0]).toMatch(/^Reduced fat milk/)
  })

  it.each([
    ['brocoli', 'Broccoli, raw'],
    ['chiken', 'Chicken breast, meat only, cooked, roasted'],
    ['banaan', 'Bananas, raw'],
    ['spagehtti', 'Spaghetti, cooked, enriched, without added salt'],
    ['chedder', 'Cheddar cheese'],
    ['mozarella cheese', 'Mozzarella cheese, part skim milk'],
  ])('with a slip of one letter: %s', (query, first) => {
    expect(names(query)[0]).toBe(first)
  })

  it('without a slip being sought where there is a direct hit, or in short words', () => {
    expect(names('bread', { limit: 500 }).filter((name) => /beard/i.test(name))).toEqual([])
    expect(names('egk')).toEqual([])
  })

  it('a word too many: then the foods with most of the words come', () => {
    expect(names('grilled chicken breast')[0]).toMatch(/^Chicken breast/)
    expect(names('banana unobtainium')[0]).toBe('Bananas, raw')
  })

  it('and gets nothing for nothing', () => {
    for (const query of ['', '   ', '!?', '’', 'xqzzt']) expect(names(query)).toEqual([])
  })
})

describe('the search', () => {
  it('finds every food by its full name, as the table has it and as it is shown', () => {
    const looked = rows.filter((_, index) => index % thorough(1, 16) === 0)
    const lost = looked.filter(([id, name]) =>
      [name, fullName(name)].some((query) => !foods.search(query, { limit: 10 }).some((food) => food.id === id)),
    )
    expect(foods.size).toBe(7192)
    expect(lost).toEqual([])
  })

  it('gives no more than it is asked for, and 30 when it is not asked', () => {
    expect(names('b', { limit: 4 })).toHaveLength(4)
    expect(names('b', { limit: 0 })).toEqual([])
    expect(names('b')).toHaveLength(30)
    expect(names('b', { limit: 4 })).toEqual(names('b').slice(0, 4))
  })

  it('gives the same for the same query, whatever was asked in between', () => {
    const before = names('cheese')
    names('xqzzt')
    names('apple pie with ice cream')
    expect(names('cheese')).toEqual(before)
  })

  it('puts boosted foods first, but only where they match', () => {
    const boosts = new Map([
      ['18301', 1],
      ['no such food', 1],
    ])
    expect(names('apple', { boosts })[0]).toMatch(/^Apple pie/)
    expect(names('egg', { boosts })).toEqual(names('egg'))
  })

  it('knows a food by its id', () => {
    expect(foods.find('01004')).toMatchObject({ name: 'Cheese, blue', calories: 353, fat: 28.74 })
    expect(foods.find('99999')).toBeUndefined()
  })

  it('is the same when it is built in pieces, and lets the page have its turn in between', async () => {
    let pauses = 0
    const pieces = await createFoodSearchInPieces(rows, () => {
      pauses++
      return nextTask()
    })
    expect(pauses).toBeGreaterThan(10)
    for (const query of ['chicken', 'brocoli', 'a']) expect(pieces.search(query)).toEqual(foods.search(query))
  })

  it('works on an empty table', () => {
    expect(createFoodSearch([]).search('egg')).toEqual([])
  })

  it('is quick enough to run at every key (a report, not a claim)', ({ annotate }) => {
    const started = performance.now()
    createFoodSearch(rows)
    const built = performance.now() - started
    const queries = meant.flatMap(([query]) => [...query].map((_, at) => query.slice(0, at + 1)))
    const times = queries.map((query) => {
      const from = performance.now()
      foods.search(query)
      return performance.now() - from
    })
    times.sort((a, b) => a - b)
    const at = (share: number) => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(2)
    expect(times).toHaveLength(queries.length)
    return annotate(
      `index ${built.toFixed(0)} ms; ${times.length} keys: median ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms`,
    )
  })
})
