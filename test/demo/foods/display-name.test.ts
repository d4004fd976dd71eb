import { describe, expect, it } from 'vitest'
import { displayName, fullName } from '../../../demo/foods/display-name.ts'
import { splitName } from '../../../demo/foods/read-name.ts'
import { rows } from './table.ts'

describe('a food’s name as a person says it', () => {
  it.each([
    ['Cheese, blue', 'Blue cheese', ''],
    ['Egg, whole, raw, fresh', 'Egg', 'whole, raw, fresh'],
    ['Egg, white, raw, fresh', 'Egg white', 'raw, fresh'],
    ['Egg, whole, cooked, hard-boiled', 'Hard-boiled egg', ''],
    ['Apples, raw, with skin', 'Apples', 'raw, with skin'],
    ['Milk, whole, 3.25% milkfat, with added vitamin D', 'Whole milk', '3.25% milkfat, with added vitamin D'],
    ['Milk, dry, nonfat, calcium reduced', 'Dry nonfat milk', 'calcium reduced'],
    ['Milk, low sodium, fluid', 'Milk', 'low sodium, fluid'],
    ['Cream, fluid, heavy whipping', 'Heavy whipping cream', ''],
    ['Fish, salmon, Atlantic, wild, raw', 'Salmon', 'Atlantic, wild, raw'],
    ['Nuts, almonds', 'Almonds', ''],
    ['Spices, pepper, black', 'Black pepper', ''],
    ['Beans, snap, green, raw', 'Green beans', 'raw'],
    ['Beans, kidney, red, mature seeds, raw', 'Kidney beans', 'red, mature seeds, raw'],
    ['Rice, brown, long-grain, cooked', 'Brown rice', 'long-grain, cooked'],
    ['Bread, white, commercially prepared', 'White bread', 'commercially prepared'],
    ['Pie, apple, commercially prepared, enriched flour', 'Apple pie', 'commercially prepared, enriched flour'],
    ['Salad dressing, ranch dressing, regular', 'Ranch dressing', 'regular'],
    ['Cookies, brownies, commercially prepared', 'Brownies', 'commercially prepared'],
    ['Soup, stock, chicken, home-prepared', 'Chicken stock', 'home-prepared'],
    ['Lettuce, iceberg (includes crisphead types), raw', 'Iceberg lettuce', '(includes crisphead types), raw'],
    ['Chicken, broilers or fryers, breast, meat only, raw', 'Chicken breast', 'meat only, raw'],
    ['Chicken, stewing, meat only, raw', 'Chicken', 'stewing, meat only, raw'],
    ['Beef, ground, 95% lean meat / 5% fat, raw', 'Ground beef', '95% lean meat / 5% fat, raw'],
    ['Beef, variety meats and by-products, liver, raw', 'Beef liver', 'raw'],
    ['Pork, cured, bacon, raw', 'Bacon', 'raw, cured'],
    ['Squash, summer, zucchini, includes skin, raw', 'Zucchini', 'includes skin, raw'],
    ['Alcoholic beverage, wine, table, red', 'Red wine', ''],
    ["McDONALD'S, BIG MAC", 'Big Mac', "McDonald's"],
    ["Cereals ready-to-eat, KELLOGG, KELLOGG'S CORN FLAKES", "Kellogg's Corn Flakes", 'cereal'],
    ['Cereals, CREAM OF WHEAT, regular, dry', 'Cream of Wheat', 'regular, dry'],
    ['Fast foods, hamburger; single, regular patty; plain', 'Hamburger', 'single, regular patty, plain, fast food'],
    ['Honey', 'Honey', ''],
    ['', '', ''],
  ])('%s: %s · %s', (name, title, detail) => {
    expect(displayName(name)).toEqual({ title, detail })
  })

  it('fits on one line with its detail', () => {
    expect(fullName('Egg, whole, raw, fresh')).toBe('Egg, whole, raw, fresh')
    expect(fullName('Cheese, blue')).toBe('Blue cheese')
  })

  it('is not cut inside brackets', () => {
    expect(splitName('Chickpeas (garbanzo beans, bengal gram), mature seeds, raw')).toEqual([
      'Chickpeas (garbanzo beans, bengal gram)',
      'mature seeds',
      'raw',
    ])
    expect(splitName('Odd (never closed, so it goes on')).toEqual(['Odd (never closed, so it goes on'])
  })

  it('is there for all foods, begins with a capital or a digit, and fits into an event', () => {
    for (const [, name] of rows) {
      const { title } = displayName(name)
      expect(title).toMatch(/^[A-Z0-9]/)
      expect(fullName(name).length).toBeLessThanOrEqual(200)
    }
  })

  it('tells all foods apart that the table tells apart', () => {
    const namesByShown = new Map<string, Set<string>>()
    for (const [, name] of rows) {
      const shown = fullName(name).toLowerCase()
      namesByShown.set(shown, (namesByShown.get(shown) ?? new Set()).add(name))
    }
    expect([...namesByShown.values()].filter((names) => names.size > 1)).toEqual([])
  })
})
